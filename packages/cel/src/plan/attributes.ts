import { toIndex } from '../values/arithmetic.ts'
import { CelFailure, CelList, CelMap, none, Opaque, Optional, type Value } from '../values/value.ts'
import type { Frame, Run } from './frame.ts'

/** One step of a path: `.field`, `[index]`, `.?field`, `[?index]` or the field of `has()`. */
export interface Qualifier {
  key: Value | undefined
  /** Finds the key where it is no constant. */
  keyOf: Run | undefined
  optional: boolean
  testOnly: boolean
}

/**
 * A path from a variable or a value (cel-go's `interpreter/attributes.go`). Costs follow the path: each qualifier
 * costs 1 when it is applied, and reading the path as a whole 1 more, unless it is a choice between two paths.
 */
export interface Attribute {
  base: Run
  qualifiers: readonly Qualifier[]
  /** `c ? a : b`: the branches are paths of their own and bear the cost. */
  conditional: boolean
}

const missingKey = (key: Value): CelFailure => new CelFailure(`no such key: ${showKey(key)}`)
const showKey = (key: Value): string =>
  typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key)

/** The value at the end of a path, without the cost of reading it as a whole. */
export function resolve(attribute: Attribute, frame: Frame): Value {
  let value = attribute.base(frame)
  if (value instanceof CelFailure || attribute.qualifiers.length === 0) return value
  let optional = false
  if (value instanceof Optional) {
    if (value.value === undefined) return value
    value = value.value
    optional = true
  }
  for (const qualifier of attribute.qualifiers) {
    optional ||= qualifier.optional
    const found = apply(qualifier, value, optional, frame)
    if (found === undefined) return none
    if (found instanceof CelFailure) return found
    value = found
  }
  return optional ? new Optional(value) : value
}

/** One step; undefined where an optional step finds nothing. */
function apply(qualifier: Qualifier, value: Value, optional: boolean, frame: Frame): Value | undefined {
  const key = qualifier.key ?? qualifier.keyOf?.(frame) ?? null
  if (key instanceof CelFailure) {
    frame.charge(1)
    return key
  }
  if (qualifier.testOnly) {
    const present = isPresent(value, key)
    if (present !== false || !optional) frame.charge(1)
    return optional && present === false ? undefined : present
  }
  const found = find(value, key)
  if (optional) {
    if (found !== undefined) frame.charge(1)
    return found
  }
  frame.charge(1)
  if (found !== undefined) return found
  return value instanceof CelList ? new CelFailure(`index out of bounds: ${showKey(key)}`) : missingKey(key)
}

function find(value: Value, key: Value): Value | undefined {
  if (value instanceof CelMap) return value.find(key)
  if (!(value instanceof CelList)) return undefined
  const index = toIndex(key)
  if (typeof index !== 'number') return index
  return index >= 0 && index < value.size ? value.get(index) : undefined
}

function isPresent(value: Value, key: Value): boolean | CelFailure {
  if (value instanceof CelMap) {
    if (typeof key === 'string') return value.isSet(key)
    return value.find(key) !== undefined
  }
  if (value instanceof Opaque) return false
  const found = find(value, key)
  return found instanceof CelFailure ? found : found !== undefined
}

/** Reads a path and pays for it. */
export function readOf(attribute: Attribute, testOnly: boolean): Run {
  if (attribute.conditional) return (frame) => resolve(attribute, frame)
  if (testOnly) {
    return (frame) => {
      const value = resolve(attribute, frame)
      return value instanceof Optional ? value.value !== undefined : value
    }
  }
  return (frame) => {
    const value = resolve(attribute, frame)
    frame.charge(1)
    return value
  }
}
