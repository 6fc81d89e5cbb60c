/** Label values in the order of the metric's label names. */
type Labels = readonly string[]

/** Something that `/metrics` shows. */
interface Metric {
  expose(): string
}

/** Metrics in Prometheus' text format. Labels are few and known, so a series is one entry of a map. */
export class MetricsRegistry {
  readonly #metrics: Metric[] = []

  counter(name: string, help: string, labels: Labels): Counter {
    return this.#add(new Counter(name, help, labels))
  }

  histogram(name: string, help: string, labels: Labels, buckets: readonly number[]): Histogram {
    return this.#add(new Histogram(name, help, labels, buckets))
  }

  /** A value that is read when somebody looks. */
  gauge(name: string, help: string, labels: Labels, read: () => Iterable<[labels: Labels, value: number]>): void {
    this.#add({ expose: () => head(name, help, 'gauge') + lines(name, labels, read()) })
  }

  expose(): string {
    return this.#metrics.map((metric) => metric.expose()).join('')
  }

  #add<M extends Metric>(metric: M): M {
    this.#metrics.push(metric)
    return metric
  }
}

const separator = '\u0000'

export class Counter implements Metric {
  readonly #name: string
  readonly #help: string
  readonly #labels: Labels
  readonly #values = new Map<string, number>()

  constructor(name: string, help: string, labels: Labels) {
    this.#name = name
    this.#help = help
    this.#labels = labels
  }

  add(labels: Labels, by = 1): void {
    const key = labels.join(separator)
    this.#values.set(key, (this.#values.get(key) ?? 0) + by)
  }

  expose(): string {
    const values = Array.from(this.#values, ([key, value]): [Labels, number] => [key.split(separator), value])
    return head(this.#name, this.#help, 'counter') + lines(this.#name, this.#labels, values)
  }
}

interface Series {
  readonly counts: number[]
  sum: number
  count: number
}

export class Histogram implements Metric {
  readonly #name: string
  readonly #help: string
  readonly #labels: Labels
  readonly #buckets: readonly number[]
  readonly #series = new Map<string, Series>()

  constructor(name: string, help: string, labels: Labels, buckets: readonly number[]) {
    this.#name = name
    this.#help = help
    this.#labels = labels
    this.#buckets = buckets
  }

  observe(labels: Labels, value: number): void {
    const key = labels.join(separator)
    let series = this.#series.get(key)
    if (!series) {
      series = { counts: this.#buckets.map(() => 0), sum: 0, count: 0 }
      this.#series.set(key, series)
    }
    const bucket = this.#buckets.findIndex((bound) => value <= bound)
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.sum += value
    series.count++
  }

  expose(): string {
    let text = head(this.#name, this.#help, 'histogram')
    for (const [key, { counts, sum, count }] of this.#series) {
      const labels = key.split(separator)
      let below = 0
      const buckets = this.#buckets.map((bound, at): [Labels, number] => {
        below += counts[at] ?? 0
        return [[...labels, String(bound)], below]
      })
      text += lines(`${this.#name}_bucket`, [...this.#labels, 'le'], [...buckets, [[...labels, '+Inf'], count]])
      text += lines(`${this.#name}_sum`, this.#labels, [[labels, sum]])
      text += lines(`${this.#name}_count`, this.#labels, [[labels, count]])
    }
    return text
  }
}

function head(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
}

function lines(name: string, labels: Labels, values: Iterable<[Labels, number]>): string {
  let text = ''
  for (const [of, value] of values) {
    const pairs = labels.map((label, at) => `${label}="${escapeLabel(of[at] ?? '')}"`)
    text += `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`
  }
  return text
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')
}
