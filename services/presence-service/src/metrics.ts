import type { Metrics } from '@parley/runtime'

/** What presence-service counts. */
export function presenceMetrics(metrics: Metrics) {
  const signals = metrics.counter({
    name: 'presence_signals_total',
    help: 'Sealed signals, such as typing, by what became of them.',
    label: { name: 'result', values: ['relayed', 'refused'] },
  })
  const changes = metrics.counter({
    name: 'presence_changes_total',
    help: 'Changes of presence that somebody was told of.',
  })
  return {
    signalled: (result: 'relayed' | 'refused') => signals.inc(1, result),
    changed: (watchers: number) => changes.inc(watchers),
  }
}
