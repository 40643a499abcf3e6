import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import process from 'node:process'
import type { Clock } from './clock.ts'
import type { Metrics } from './metrics.ts'

const readEveryMs = 5_000

/** Keeps metrics about the process itself up to date until disposed. */
export function watchProcess(metrics: Metrics, clock: Clock): Disposable {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const loop = metrics.gauge({
    name: 'event_loop_delay_seconds',
    help: 'How late the event loop was in the last seconds.',
    label: { name: 'stat', values: ['p50', 'p99', 'max'] },
  })
  const memory = metrics.gauge({
    name: 'memory_bytes',
    help: 'Memory of the process.',
    label: { name: 'kind', values: ['rss', 'heap', 'external'] },
  })
  const cpu = metrics.gauge({
    name: 'cpu_seconds',
    help: 'CPU time of the process since its start.',
    label: { name: 'mode', values: ['user', 'system'] },
  })
  const pauses = metrics.histogram({
    name: 'gc_pause_seconds',
    help: 'Pauses of the garbage collector.',
    bucketsSeconds: [0.001, 0.005, 0.025, 0.1, 0.5],
  })
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) pauses.observe(duration / 1000)
  })
  observer.observe({ entryTypes: ['gc'] })
  function read(): void {
    loop.set(delay.percentile(50) / 1e9, 'p50')
    loop.set(delay.percentile(99) / 1e9, 'p99')
    loop.set(delay.max / 1e9, 'max')
    delay.reset()
    const { rss, heapUsed, external } = process.memoryUsage()
    memory.set(rss, 'rss')
    memory.set(heapUsed, 'heap')
    memory.set(external, 'external')
    const { user, system } = process.cpuUsage()
    cpu.set(user / 1e6, 'user')
    cpu.set(system / 1e6, 'system')
  }
  read()
  const timer = clock.every(readEveryMs, read)
  return {
    [Symbol.dispose]() {
      timer[Symbol.dispose]()
      observer.disconnect()
      delay.disable()
    },
  }
}
