import type { Value } from '../values/value.ts'

/** The variables of one evaluation by name. A Map will do; what is expensive may be made when asked for. */
export interface Activation {
  get(name: string): Value | undefined
}

/** Thrown when an evaluation has cost more than it may. */
export class CostLimitExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** The state of one evaluation: what it has cost, and the variables of its comprehensions by slot. */
export class Frame {
  readonly activation: Activation
  readonly slots: Value[] = []
  readonly accumulators: (Value | Unread)[] = []
  readonly #limit: number
  cost = 0

  constructor(activation: Activation, limit: number) {
    this.activation = activation
    this.#limit = limit
  }

  charge(cost: number): void {
    this.cost += cost
    if (this.cost > this.#limit) throw new CostLimitExceeded()
  }
}

/** An accumulator that nothing has read yet: its initial value is made when it is first read, as cel-go does. */
export class Unread {
  readonly init: Run

  constructor(init: Run) {
    this.init = init
  }
}

/** A node of an expression, ready to run. Gives a failure rather than throw one. */
export type Run = (frame: Frame) => Value
