import type { CheckedAst } from './checker/checker.ts'
import { estimateCost, type SizeEstimator } from './cost/estimate.ts'
import type { Range } from './cost/estimates.ts'
import { type Activation, CostLimitExceeded, Frame, type Run } from './plan/frame.ts'
import { type CelType, dynType } from './types/types.ts'
import { CelFailure, type Value } from './values/value.ts'

/** The most that one evaluation may cost in Kubernetes, unless its caller says otherwise. */
export const perCallLimit = 1_000_000

/** An evaluation went wrong. The message is cel-go's. */
export class CelError extends Error {
  override readonly name = 'CelError'
  /** What the evaluation had cost until then. */
  readonly cost: number
  /** Whether it failed because it cost too much. */
  readonly limitExceeded: boolean

  constructor(message: string, cost: number, limitExceeded: boolean) {
    super(message)
    this.cost = cost
    this.limitExceeded = limitExceeded
  }
}

/** An expression that can be evaluated, any number of times. */
export class Program {
  readonly #checked: CheckedAst
  readonly #run: Run

  constructor(checked: CheckedAst, run: Run) {
    this.#checked = checked
    this.#run = run
  }

  get outputType(): CelType {
    return this.#checked.types.get(this.#checked.expr.id) ?? dynType
  }

  /** Whether the expression reads a variable (`oldSelf`, …). */
  uses(variable: string): boolean {
    for (const reference of this.#checked.references.values()) if (reference.name === variable) return true
    return false
  }

  /** The least and the most that an evaluation may cost, given what is known of the sizes of its variables. */
  estimateCost(sizes: SizeEstimator = () => undefined): Range {
    return estimateCost(this.#checked, sizes)
  }

  /**
   * Evaluates the expression. Throws a CelError, and nothing else, where it fails or costs more than `costLimit`.
   */
  evaluate(variables: Activation, options: { costLimit?: number } = {}): { value: Value; cost: number } {
    const frame = new Frame(variables, options.costLimit ?? perCallLimit)
    let value: Value
    try {
      value = this.#run(frame)
    } catch (error) {
      if (error instanceof CostLimitExceeded) throw new CelError(error.message, frame.cost, true)
      throw error
    }
    if (value instanceof CelFailure) throw new CelError(value.message, frame.cost, false)
    return { value, cost: frame.cost }
  }
}
