import type { KubeObject } from '@wherry/api'
import {
  child,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInternalError,
  fieldInvalid,
  fieldRequired,
  index,
  isMap,
  omitted,
} from '@wherry/apimachinery'
import {
  CelError,
  type DeclType,
  escapeName,
  none,
  Optional,
  type Program,
  schemaValue,
  type Value,
  withObjectMeta,
} from '@wherry/cel'
import { schemaAt } from './definition/schema-path.ts'
import { type CompiledRule, compileRules, type Rule, typeOf } from './rule-programs.ts'
import { Correlation } from './schema/correlation.ts'
import { additionalOf, isEmbedded, itemsOf, propertyOf, type Schema } from './schema/schema.ts'

/** The rules in CEL of one schema. */
export interface RuleChecker {
  check(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject> | undefined): FieldError[]
  /** A default, as a value that stays and as one that is new. */
  checkValue(value: unknown): FieldError[]
}

/** What all rules of one object may cost together. As upstream: `RuntimeCELCostBudget`. */
const budget = 10_000_000
/** As upstream: `PerCallLimit`. */
const callLimit = 1_000_000
const maxMessage = 5 * 1024

/**
 * The checker of a schema's rules, and of those within it; undefined where there are none. `path` present: the schema is
 * that of a default there, and not of a whole resource. As upstream: apiextensions-apiserver, `cel.Validator`.
 */
export function newRuleChecker(schema: Schema | undefined, path?: string): RuleChecker | undefined {
  if (!schema || !hasRules(schema)) return undefined
  const isResource = path === undefined || isEmbedded(schema)
  let made: Node | undefined
  const node = (): Node => (made ??= new Node(schema, isResource, typeOf(schema, isResource)))
  const run = (value: unknown, old: unknown, correlation: Correlation | undefined): FieldError[] => {
    const visit = new Visit()
    node().check(value, old, path ?? '', { current: correlation, parent: undefined }, visit)
    return visit.errors
  }
  return {
    check: (object, old) => run(object, old, old && new Correlation(object, old, schema)),
    checkValue(value) {
      const errors = run(value, value, undefined)
      return errors.length > 0 ? errors : run(value, undefined, undefined)
    },
  }
}

/** Whether there are rules in what a schema says of the structure of its values. */
export function hasRules(schema: Schema): boolean {
  if ((schema['x-kubernetes-validations'] ?? []).length > 0) return true
  const additional = additionalOf(schema)
  const items = itemsOf(schema)
  return (
    (items !== undefined && hasRules(items)) ||
    (additional !== undefined && additional !== 'any' && hasRules(additional)) ||
    Object.values(schema.properties ?? {}).some(hasRules)
  )
}

/** One object's way through all rules. */
class Visit {
  readonly errors: FieldError[] = []
  left = budget

  get over(): boolean {
    return this.left < 0
  }
}

/** Which old value counts: that of the value itself, or of the nearest around it that has one. */
interface Before {
  readonly current: Correlation | undefined
  readonly parent: Correlation | undefined
}

const isUnchanged = ({ current, parent }: Before): boolean => (current ?? parent)?.unchanged ?? false

function step(before: Before, key: string | number): Before {
  const { current, parent } = before
  if (!current) return before
  // Both sides are in the same version: that they are says nothing.
  if (!parent && (key === 'apiVersion' || key === 'kind')) return { current: undefined, parent: undefined }
  return { current: typeof key === 'number' ? current.index(key) : current.key(key), parent: current }
}

/** The rules of one schema and of those within it. Parts are compiled when a value is met that has them. */
class Node {
  readonly #schema: Schema
  readonly #type: DeclType | undefined
  readonly #isResource: boolean
  #rules: readonly CompiledRule[] | undefined
  readonly #properties = new Map<string, Node | undefined>()
  #items: Node | undefined | null = null
  #additional: Node | undefined | null = null

  constructor(schema: Schema, isResource: boolean, type: DeclType | undefined) {
    this.#schema = schema
    this.#isResource = isResource
    this.#type = type
  }

  check(value: unknown, old: unknown, path: string, before: Before, visit: Visit): void {
    if (value === null || value === undefined) return
    this.#run(value, old, path, before, visit)
    if (visit.over) return
    if (Array.isArray(value)) this.#checkItems(value, path, before, visit)
    else if (isMap(value)) this.#checkMembers(value, old, path, before, visit)
  }

  #checkItems(list: readonly unknown[], path: string, before: Before, visit: Visit): void {
    if (this.#items === null) {
      const items = itemsOf(this.#schema)
      this.#items = items && hasRules(items) ? new Node(items, isEmbedded(items), this.#type?.element) : undefined
    }
    if (!this.#items) return
    for (const [at, item] of list.entries()) {
      const next = step(before, at)
      this.#items.check(item, next.current?.old, index(path, at), next, visit)
      if (visit.over) return
    }
  }

  #checkMembers(object: Record<string, unknown>, old: unknown, path: string, before: Before, visit: Visit): void {
    const oldOf = (key: string) => (isMap(old) && Object.hasOwn(old, key) ? old[key] : undefined)
    const additional = this.#additionalNode()
    for (const [key, member] of Object.entries(object)) {
      additional?.check(member, oldOf(key), index(path, key), step(before, key), visit)
      if (visit.over) return
      this.#propertyNode(key)?.check(member, oldOf(key), child(path, key), step(before, key), visit)
      if (visit.over) return
    }
  }

  #additionalNode(): Node | undefined {
    if (this.#additional === null) {
      const schema = additionalOf(this.#schema)
      const known = schema !== undefined && schema !== 'any' && hasRules(schema)
      this.#additional = known ? new Node(schema, isEmbedded(schema), this.#type?.element) : undefined
    }
    return this.#additional
  }

  #propertyNode(name: string): Node | undefined {
    if (this.#properties.has(name)) return this.#properties.get(name)
    const node = this.#makeProperty(name)
    this.#properties.set(name, node)
    return node
  }

  #makeProperty(name: string): Node | undefined {
    const schema = propertyOf(this.#schema, name)
    if (!schema || !hasRules(schema)) return undefined
    const escaped = escapeName(name)
    const type = escaped === undefined ? typeOf(schema, isEmbedded(schema)) : this.#type?.fields?.get(escaped)?.type
    return type && new Node(schema, isEmbedded(schema), type)
  }

  #run(value: unknown, old: unknown, path: string, before: Before, visit: Visit): void {
    const declared = this.#schema['x-kubernetes-validations'] ?? []
    if (declared.length === 0) return
    const { type = '' } = this.#schema
    const refuse = (detail: string) => visit.errors.push(fieldInvalid(path || noPath, type, detail))
    if (!this.#type) {
      refuse('rule compiler initialization error: failed to convert to declType for CEL validation rules')
      return
    }
    if (visit.left <= 0) {
      refuse(outOfBudget)
      visit.left = -1
      return
    }
    this.#rules ??= compileRules(declared, this.#type)
    const schema = Object(this.#isResource ? withObjectMeta(Object(this.#schema)) : this.#schema)
    const self = schemaValue(value, schema)
    const oldSelf = old === undefined || old === null ? undefined : schemaValue(old, schema)
    for (const compiled of this.#rules) {
      this.#runOne(compiled, { value, self, oldSelf }, path, before, visit, refuse)
      if (visit.over) return
    }
  }

  #runOne(
    compiled: CompiledRule,
    { value, self, oldSelf }: { value: unknown; self: Value; oldSelf: Value | undefined },
    path: string,
    before: Before,
    visit: Visit,
    refuse: (detail: string) => void,
  ): void {
    const { rule, program, usesOldSelf } = compiled
    const optional = rule.optionalOldSelf === true
    if (compiled.problem !== undefined) refuse(`rule compile error: ${compiled.problem}`)
    if (!program || (usesOldSelf && oldSelf === undefined && !optional)) return
    const variables = new Map<string, Value>([['self', self]])
    if (optional) variables.set('oldSelf', oldSelf === undefined ? none : new Optional(oldSelf))
    else if (oldSelf !== undefined) variables.set('oldSelf', oldSelf)
    const { value: result, cost, error } = evaluate(program, variables)
    const enough = cost <= visit.left
    visit.left = enough && !error?.limitExceeded ? visit.left - cost : -1
    if (!enough) refuse(outOfBudget)
    else if (error) refuse(problemOf(error, rule))
    else if (result !== true) this.#fail(compiled, value, variables, path, before, visit)
  }

  #fail(
    { rule, message, usesOldSelf }: CompiledRule,
    value: unknown,
    variables: ReadonlyMap<string, Value>,
    path: string,
    before: Before,
    visit: Visit,
  ): void {
    const { type = '' } = this.#schema
    const found = rule.fieldPath ? schemaAt(rule.fieldPath, this.#schema) : undefined
    const at = (found && 'path' in found ? child(path, found.path) : path) || noPath
    const add = (error: FieldError) => {
      if (usesOldSelf || !isUnchanged(before)) visit.errors.push(error)
    }
    let detail = rule.message ? rule.message.trim() : `failed rule: ${textOf(rule)}`
    if (message) {
      const said = messageOf(message, rule, variables, visit)
      if (said.stop === 'internal') add(fieldInternalError(at, said.text))
      else if (said.stop) add(fieldInvalid(at, type, said.text))
      if (said.stop) {
        visit.left = -1
        return
      }
      if (said.text !== '') detail = said.text
    }
    const shown = type === 'object' || type === 'array' ? omitted : value
    add(errorFor(rule, at, shown, detail))
  }
}

const noPath = '<nil>'
const outOfBudget = 'validation failed due to running out of cost budget, no further validation rules will be run'

const textOf = (rule: Rule): string => (rule.message ? rule.message : rule.rule).trim()

function evaluate(program: Program, variables: ReadonlyMap<string, Value>) {
  try {
    const { value, cost } = program.evaluate(variables, { costLimit: callLimit })
    return { value, cost, error: undefined }
  } catch (error) {
    if (!(error instanceof CelError)) throw error
    return { value: undefined, cost: error.cost, error }
  }
}

/** An evaluation that went wrong, in upstream's words. */
function problemOf({ message, limitExceeded }: CelError, rule: Rule): string {
  const said = textOf(rule)
  if (limitExceeded) {
    return `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${said}`
  }
  if (!message.startsWith('no such overload')) return `${message} evaluating rule: ${said}`
  return `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${said}`
}

/** What a rule's own expression says of its failure; empty where it says nothing that can be used. */
function messageOf(
  program: Program,
  rule: Rule,
  variables: ReadonlyMap<string, Value>,
  visit: Visit,
): { readonly text: string; readonly stop?: 'internal' | 'budget' } {
  const { value, cost, error } = evaluate(program, variables)
  if (cost > visit.left) {
    const text =
      'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run'
    return { text, stop: 'budget' }
  }
  if (error?.limitExceeded) {
    const rest = 'no further validation rules will be run due to call cost exceeds limit for messageExpression'
    return { text: `${rest}: ${JSON.stringify(rule.messageExpression)}`, stop: 'budget' }
  }
  visit.left -= cost
  const text = typeof value === 'string' ? value.trim() : ''
  return { text: Buffer.byteLength(text) > maxMessage || text.includes('\n') ? '' : text }
}

function errorFor({ reason }: Rule, path: string, value: unknown, detail: string): FieldError {
  if (reason === 'FieldValueForbidden') return fieldForbidden(path, detail)
  if (reason === 'FieldValueRequired') return fieldRequired(path, detail)
  return reason === 'FieldValueDuplicate' ? fieldDuplicate(path, value) : fieldInvalid(path, value, detail)
}
