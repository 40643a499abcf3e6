import type {
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  MetricOptions,
  Metrics,
} from './metrics.ts'

/** Metrics in typed arrays: an observation costs some tens of nanoseconds. */
export class MetricRegistry implements Metrics {
  readonly #exposers: (() => string)[] = []

  counter<Label extends string>(options: MetricOptions<Label>): Counter<Label> {
    const series = this.#series(options, 'counter')
    return {
      inc(by = 1, label) {
        const at = series.at(label)
        series.values[at] = (series.values[at] ?? 0) + by
      },
    }
  }

  gauge<Label extends string>(options: MetricOptions<Label>): Gauge<Label> {
    const series = this.#series(options, 'gauge')
    return {
      set(value, label) {
        series.values[series.at(label)] = value
      },
    }
  }

  histogram<Label extends string>(options: HistogramOptions<Label>): Histogram<Label> {
    const { name, help, label, bucketsSeconds } = options
    const labels = label?.values ?? [undefined]
    const width = bucketsSeconds.length + 2 // the buckets, above all of them, the sum
    const values = new Float64Array(labels.length * width)
    this.#exposers.push(() => {
      const lines = [`# HELP parley_${name} ${help}`, `# TYPE parley_${name} histogram`]
      for (const [index, value] of labels.entries()) {
        const own = label === undefined ? '' : `${label.name}="${value}"`
        const row = values.subarray(index * width, (index + 1) * width)
        let count = 0
        for (const [bucket, bound] of [...bucketsSeconds, '+Inf'].entries()) {
          count += row[bucket] ?? 0
          const labelled = own === '' ? `le="${bound}"` : `${own},le="${bound}"`
          lines.push(`parley_${name}_bucket{${labelled}} ${count}`)
        }
        const braces = own === '' ? '' : `{${own}}`
        lines.push(`parley_${name}_sum${braces} ${row[width - 1]}`)
        lines.push(`parley_${name}_count${braces} ${count}`)
      }
      return lines.join('\n')
    })
    return {
      observe(seconds, of) {
        const start =
          Math.max(0, label === undefined || of === undefined ? 0 : label.values.indexOf(of)) *
          width
        let bucket = 0
        while (bucket < bucketsSeconds.length && seconds > (bucketsSeconds[bucket] ?? 0))
          bucket += 1
        values[start + bucket] = (values[start + bucket] ?? 0) + 1
        values[start + width - 1] = (values[start + width - 1] ?? 0) + seconds
      },
    }
  }

  async expose(): Promise<string> {
    return `${this.#exposers.map((expose) => expose()).join('\n')}\n`
  }

  #series<Label extends string>({ name, help, label }: MetricOptions<Label>, type: string) {
    const values = new Float64Array(label?.values.length ?? 1)
    this.#exposers.push(() =>
      [
        `# HELP parley_${name} ${help}`,
        `# TYPE parley_${name} ${type}`,
        ...[...values].map((value, index) =>
          label === undefined
            ? `parley_${name} ${value}`
            : `parley_${name}{${label.name}="${label.values[index]}"} ${value}`,
        ),
      ].join('\n'),
    )
    return {
      values,
      at: (of: Label | undefined) =>
        label === undefined || of === undefined ? 0 : Math.max(0, label.values.indexOf(of)),
    }
  }
}
