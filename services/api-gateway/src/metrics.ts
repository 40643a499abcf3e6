import type { Metrics } from '@parley/runtime'

const slo = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** What api-gateway counts: a function for each event. */
export type GatewayMetrics = ReturnType<typeof gatewayMetrics>

export type AcceptResult = 'ok' | 'admission' | 'limit' | 'origin' | 'draining'
export type SlowStep = 'dropped' | 'lagging' | 'closed'
export type FrameKind =
  | 'hello'
  | 'send'
  | 'sync'
  | 'heartbeat'
  | 'signal'
  | 'mark'
  | 'invalid'
  | 'out'
export type RestTarget = 'user-service' | 'chat-service' | 'presence-service' | 'web' | 'own'

export function gatewayMetrics(metrics: Metrics) {
  const connections = metrics.gauge({ name: 'ws_connections', help: 'Open sockets.' })
  const accepts = metrics.counter({
    name: 'ws_accepts_total',
    help: 'Sockets that asked to be let in.',
    label: { name: 'result', values: ['ok', 'admission', 'limit', 'origin', 'draining'] },
  })
  const hellos = metrics.histogram({
    name: 'ws_hello_seconds',
    help: 'From the hello to ready.',
    bucketsSeconds: slo,
  })
  const refused = metrics.counter({ name: 'ws_refused_total', help: 'Hellos that were refused.' })
  const closes = metrics.counter({
    name: 'ws_closes_total',
    help: 'Sockets that ended.',
    label: { name: 'initiator', values: ['client', 'server', 'lost'] },
  })
  const frames = metrics.counter({
    name: 'ws_frames_total',
    help: 'Frames by kind; those to clients are not told apart.',
    label: {
      name: 'type',
      values: ['hello', 'send', 'sync', 'heartbeat', 'signal', 'mark', 'invalid', 'out'],
    },
  })
  const bytes = metrics.counter({
    name: 'ws_bytes_total',
    help: 'Payload of frames.',
    label: { name: 'direction', values: ['in', 'out'] },
  })
  const slows = metrics.counter({
    name: 'ws_slow_consumers_total',
    help: 'What slow sockets made necessary.',
    label: { name: 'step', values: ['dropped', 'lagging', 'closed'] },
  })
  const sends = metrics.counter({
    name: 'sends_total',
    help: 'Commands of clients as the edge saw them.',
    label: { name: 'result', values: ['appended', 'refused', 'limited', 'error'] },
  })
  const appends = metrics.histogram({
    name: 'send_append_seconds',
    help: 'From the frame to its place in the log.',
    bucketsSeconds: slo,
  })
  const requests = metrics.histogram({
    name: 'http_request_seconds',
    help: 'Answers to REST requests, by who gave them.',
    label: {
      name: 'target',
      values: ['user-service', 'chat-service', 'presence-service', 'web', 'own'],
    },
    bucketsSeconds: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
  })
  const responses = metrics.counter({
    name: 'http_responses_total',
    help: 'Answers by class of status.',
    label: { name: 'status_class', values: ['1', '2', '3', '4', '5'] },
  })
  const reports = metrics.counter({
    name: 'csp_reports_total',
    help: 'Violations that browsers have reported.',
  })
  return {
    connections: (count: number) => connections.set(count),
    accepted: (result: AcceptResult) => accepts.inc(1, result),
    greeted: (seconds: number) => hellos.observe(seconds),
    refused: () => refused.inc(),
    closed: (initiator: 'client' | 'server' | 'lost') => closes.inc(1, initiator),
    frameIn: (kind: FrameKind) => frames.inc(1, kind),
    bytesIn: (count: number) => bytes.inc(count, 'in'),
    frameOut(length: number) {
      frames.inc(1, 'out')
      bytes.inc(length, 'out')
    },
    slow: (step: SlowStep) => slows.inc(1, step),
    sent: (result: 'appended' | 'refused' | 'limited' | 'error') => sends.inc(1, result),
    appended: (seconds: number) => appends.observe(seconds),
    answered(target: RestTarget, status: number, seconds: number) {
      requests.observe(seconds, target)
      responses.inc(1, statusClasses[Math.floor(status / 100) - 1] ?? '5')
    },
    cspReported: () => reports.inc(),
  }
}

const statusClasses = ['1', '2', '3', '4', '5'] as const
