import { type Activation, CelError, CelFailure, CelMap, jsonValue, perCallLimit, type Value } from '@wherry/cel'
import type { Expression } from './expression.ts'

/** What all expressions of one policy may cost for one request. */
export const policyBudget = 10_000_000
export const matchConditionBudget = 2_500_000

/** The budget is spent: no other expression is evaluated. */
export class OutOfBudget extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run')
  }
}

/** The variables of one evaluation, and what is left of its budget. */
export interface Evaluation {
  readonly variables: Activation
  /** What composed variables have cost since it was last asked. */
  takeCost(): number
}

export interface EvaluationInput {
  readonly object: unknown
  readonly old: unknown
  readonly request: unknown
  readonly namespace: unknown
  /** Absent: the policy has none; null: the binding names none. */
  readonly params?: unknown
  readonly authorizer?: Value
  readonly requestResource?: Value
  readonly composed?: ReadonlyMap<string, Expression>
}

/** Binds the variables; composed ones (`variables.x`) are evaluated once each, when they are read. */
export function newEvaluation(input: EvaluationInput): Evaluation {
  let cost = 0
  const known = new Map<string, Value>()
  const converted = (name: string, make: () => Value): Value => {
    const value = known.get(name) ?? make()
    known.set(name, value)
    return value
  }
  const variables: Activation = {
    get(name) {
      switch (name) {
        case 'object':
          return converted(name, () => jsonValue(input.object ?? null))
        case 'oldObject':
          return converted(name, () => jsonValue(input.old ?? null))
        case 'request':
          return converted(name, () => jsonValue(input.request))
        case 'namespaceObject':
          return converted(name, () => jsonValue(input.namespace ?? null))
        case 'params':
          return converted(name, () => jsonValue(input.params ?? null))
        case 'authorizer':
          return input.authorizer
        case 'authorizer.requestResource':
          return input.requestResource
        case 'variables':
          return composed
        default:
          return undefined
      }
    },
  }
  const composed = new ComposedVariables(input.composed ?? new Map(), variables, (spent) => {
    cost += spent
  })
  return {
    variables,
    takeCost() {
      const spent = cost
      cost = 0
      return spent
    },
  }
}

class ComposedVariables extends CelMap {
  readonly #expressions: ReadonlyMap<string, Expression>
  readonly #activation: Activation
  readonly #spend: (cost: number) => void
  readonly #known = new Map<string, Value>()

  constructor(expressions: ReadonlyMap<string, Expression>, activation: Activation, spend: (cost: number) => void) {
    super()
    this.#expressions = expressions
    this.#activation = activation
    this.#spend = spend
  }

  override get typeName(): string {
    return 'kubernetes.variables'
  }

  get size(): number {
    return this.#expressions.size
  }

  keys(): Iterable<Value> {
    return this.#expressions.keys()
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined
    const expression = this.#expressions.get(key)
    if (expression === undefined) return undefined
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const value = this.#evaluate(key, expression)
    this.#known.set(key, value)
    return value
  }

  #evaluate(name: string, { program, error }: Expression): Value {
    if (program === undefined) {
      return new CelFailure(`composited variable "${name}" fails to compile: ${error}`)
    }
    try {
      const { value, cost } = program.evaluate(this.#activation)
      this.#spend(cost)
      return value
    } catch (failure) {
      if (!(failure instanceof CelError)) throw failure
      this.#spend(failure.cost)
      return new CelFailure(`composited variable "${name}" fails to evaluate: ${failure.message}`)
    }
  }
}

export type Outcome = { readonly value: Value; readonly error?: never } | { readonly error: string }

/** Evaluates one expression; what it has cost is taken off the budget. Throws OutOfBudget where that is too little. */
export function evaluateExpression(
  { text, program, error }: Expression,
  evaluation: Evaluation,
  budget: { left: number },
): Outcome {
  if (program === undefined) return { error: `compilation error: ${error}` }
  let outcome: Outcome
  let cost: number
  try {
    const result = program.evaluate(evaluation.variables, { costLimit: perCallLimit })
    outcome = { value: result.value }
    cost = result.cost
  } catch (failure) {
    if (!(failure instanceof CelError)) throw failure
    outcome = { error: `expression '${text}' resulted in error: ${failure.message}` }
    cost = failure.cost
  }
  budget.left -= evaluation.takeCost() + cost
  if (budget.left < 0) throw new OutOfBudget()
  return outcome
}

/** Whether all conditions hold; an error where none is false and some cannot be told. */
export function matchConditions(
  conditions: readonly Expression[],
  evaluation: Evaluation,
): { readonly matches: boolean; readonly error?: string } {
  const budget = { left: matchConditionBudget }
  const errors = new Set<string>()
  try {
    for (const condition of conditions) {
      const outcome = evaluateExpression(condition, evaluation, budget)
      if (outcome.error !== undefined) errors.add(outcome.error)
      else if (outcome.value === false) return { matches: false }
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error
    return { matches: false, error: error.message }
  }
  if (errors.size === 0) return { matches: true }
  const all = [...errors]
  return { matches: false, error: all.length === 1 ? String(all[0]) : `[${all.join(', ')}]` }
}
