/** The counts that turn outcomes into a result. */
export interface ProbeThresholds {
  success: number
  failure: number
}

/**
 * What is known from a probe's outcomes. As the kubelet's prober worker: a result changes only when as many outcomes in
 * a row agree as its threshold says.
 *
 *   unknown ── success × successThreshold ──▶ true ──┐
 *      │                                       ▲     │ failure × failureThreshold
 *      └── failure × failureThreshold ──▶ false ◀────┘
 */
export class ProbeState {
  readonly #thresholds: ProbeThresholds
  #last: boolean | undefined
  #run = 0
  #result: boolean | undefined

  constructor(thresholds: ProbeThresholds, initial?: boolean) {
    this.#thresholds = thresholds
    this.#result = initial
  }

  /** Undefined before enough outcomes agreed. */
  get result(): boolean | undefined {
    return this.#result
  }

  /** Whether the result has changed with this outcome. */
  add(ok: boolean): boolean {
    this.#run = ok === this.#last ? this.#run + 1 : 1
    this.#last = ok
    const threshold = ok ? this.#thresholds.success : this.#thresholds.failure
    if (this.#run < threshold || this.#result === ok) return false
    this.#result = ok
    return true
  }
}
