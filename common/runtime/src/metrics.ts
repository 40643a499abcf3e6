/** Numbers about the process, read by Prometheus. Labels come from closed lists, never ids. */
export interface Metrics {
  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label>
  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label>
  histogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label>
  /** The exposition text of all of them. */
  expose(): Promise<string>
}

export interface MetricOptions<Label extends string> {
  /** Without the prefix `parley_`; units last: `send_ack_seconds`. */
  readonly name: string
  readonly help: string
  /** Every value the one label may have; left out for a metric without label. */
  readonly label?: { readonly name: string; readonly values: readonly Label[] }
}

export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  readonly bucketsSeconds: readonly number[]
}

export interface Counter<Label extends string> {
  inc(by?: number, label?: Label): void
}

export interface Gauge<Label extends string> {
  set(value: number, label?: Label): void
}

export interface Histogram<Label extends string> {
  observe(seconds: number, label?: Label): void
}
