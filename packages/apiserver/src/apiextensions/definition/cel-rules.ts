import { child, type FieldError, fieldForbidden, fieldInternalError, fieldInvalid, index } from '@wherry/apimachinery'
import { type DeclType, escapeName, maxCardinality, type Program, sizesOf } from '@wherry/cel'
import { compileRules, typeOf } from '../rule-programs.ts'
import { additionalOf, isEmbedded, type Schema } from '../schema/schema.ts'

const expressionLimit = 10_000_000n
const schemaLimit = 100_000_000n
const maxCost = 2n ** 64n - 1n
const unknownType =
  'internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations'

interface TotalCost {
  total: bigint
  readonly expensive: { readonly path: string; readonly cost: bigint }[]
}

/**
 * Where a schema's rules stand: of which type their values are, how often there may be one in an object, and what all
 * rules cost together. As upstream: `CELSchemaContext`.
 */
export class CelContext {
  readonly #schema: Schema
  readonly #typeOfSelf: () => DeclType | undefined
  readonly total: TotalCost
  /** How many values there can be at most; undefined where nothing bounds them. */
  readonly cardinality: bigint | undefined

  constructor(
    schema: Schema,
    typeOfSelf: () => DeclType | undefined,
    total: TotalCost,
    cardinality: bigint | undefined,
  ) {
    this.#schema = schema
    this.#typeOfSelf = typeOfSelf
    this.total = total
    this.cardinality = cardinality
  }

  get type(): DeclType | undefined {
    return this.#typeOfSelf()
  }

  property(schema: Schema, name: string): CelContext {
    const escaped = escapeName(name)
    return this.#child(schema, () => (escaped === undefined ? undefined : this.type?.fields?.get(escaped)?.type))
  }

  additional(schema: Schema): CelContext {
    return this.#child(schema, () => this.type?.element)
  }

  items(schema: Schema): CelContext {
    return this.#child(schema, () => this.type?.element)
  }

  #child(schema: Schema, fromParent: () => DeclType | undefined): CelContext {
    let made: { type: DeclType | undefined } | undefined
    const type = () => (made ??= { type: fromParent() ?? typeOf(schema, isEmbedded(schema)) }).type
    const each = maxElements(this.#schema)
    const bounded = this.cardinality !== undefined && each !== undefined
    return new CelContext(schema, type, this.total, bounded ? times(this.cardinality ?? 0n, each ?? 0n) : undefined)
  }
}

/** How many values there can be in one of the schema's, for each place in it. */
function maxElements(schema: Schema): bigint | undefined {
  const bound = (max: number | undefined) => (max === undefined ? undefined : BigInt(Math.max(0, max)))
  if (schema.type === 'array') return bound(schema.maxItems)
  return schema.type === 'object' && additionalOf(schema) !== undefined ? bound(schema.maxProperties) : 1n
}

function times(cost: bigint, count: bigint): bigint {
  const product = cost * count
  return product > maxCost ? maxCost : product
}

/** The context of a whole schema. */
export function rootContext(schema: Schema): CelContext {
  let made: { type: DeclType | undefined } | undefined
  const type = () => (made ??= { type: typeOf(schema, true) }).type
  return new CelContext(schema, type, { total: 0n, expensive: [] }, 1n)
}

/** Errors of the expressions of one schema. */
export function celErrors(
  schema: Schema,
  path: string,
  context: CelContext,
  { ignoreCost, uncorrelatable }: { readonly ignoreCost: boolean; readonly uncorrelatable: string | undefined },
): FieldError[] {
  const { type } = context
  const rulesPath = child(path, 'x-kubernetes-validations')
  if (!type) return [fieldInternalError(rulesPath, unknownType)]
  const errors: FieldError[] = []
  for (const [i, compiled] of compileRules(schema['x-kubernetes-validations'] ?? [], type).entries()) {
    const { rule, problem, program, message, messageProblem, usesOldSelf } = compiled
    const at = index(rulesPath, i)
    const spend = (name: string, what: string, cost: bigint) => {
      if (!ignoreCost && cost > expressionLimit) {
        errors.push(fieldForbidden(child(at, name), tooExpensive(what, cost, expressionLimit)))
      }
      observe(context.total, child(at, name), cost)
    }
    spend('rule', 'estimated rule cost', costOf(program, type, context))
    if (problem !== undefined) errors.push(fieldInvalid(child(at, 'rule'), rule, problem))
    if (messageProblem !== undefined) errors.push(fieldInvalid(child(at, 'messageExpression'), rule, messageProblem))
    else if (message)
      spend('messageExpression', 'estimated messageExpression cost', message.estimateCost(sizesOf(type)).max)
    if (usesOldSelf) {
      if (uncorrelatable !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`
        errors.push(fieldInvalid(child(at, 'rule'), rule.rule, detail))
      }
    } else if (rule.optionalOldSelf !== undefined) {
      const detail = 'may not be set if oldSelf is not used in rule'
      errors.push(fieldInvalid(child(at, 'optionalOldSelf'), rule.optionalOldSelf, detail))
    }
  }
  return errors
}

function costOf(program: Program | undefined, type: DeclType, { cardinality }: CelContext): bigint {
  if (!program) return 0n
  return times(program.estimateCost(sizesOf(type)).max, cardinality ?? BigInt(maxCardinality(type)))
}

function observe(total: TotalCost, path: string, cost: bigint): void {
  total.total = total.total + cost > maxCost ? maxCost : total.total + cost
  if (cost < schemaLimit / 100n) return
  total.expensive.push({ path, cost })
  total.expensive.sort((a, b) => (a.cost > b.cost ? -1 : a.cost < b.cost ? 1 : 0))
  total.expensive.splice(4)
}

/** What all rules of a schema cost together, where that is too much. */
export function totalCostErrors({ total: { total, expensive } }: CelContext, path: string): FieldError[] {
  if (total <= schemaLimit) return []
  const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema'
  return [
    ...expensive.map((one) =>
      fieldForbidden(
        one.path,
        'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
      ),
    ),
    fieldForbidden(path, tooExpensive(what, total, schemaLimit)),
  ]
}

function tooExpensive(what: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit)
  const times = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`
  const advice =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared'
  return `${what} exceeds budget by factor of ${times} (${advice})`
}
