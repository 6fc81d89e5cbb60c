import { CelFailure, CelList, CelMap, CelUint, Duration, Optional, Timestamp, type Value } from '../values/value.ts'
import { formatDuration, formatTimestamp } from '../values/time.ts'
import { plainList } from './schema-lists.ts'

/** A JSON value without a schema: whole numbers are ints, what is undefined is absent. Read when it is asked for. */
export function jsonValue(json: unknown): Value {
  switch (typeof json) {
    case 'string':
    case 'boolean':
    case 'bigint':
      return json
    case 'number':
      return Number.isInteger(json) ? BigInt(json) : json
    case 'object':
      if (json === null) return null
      if (Array.isArray(json)) return plainList(json, jsonValue)
      if (json instanceof Uint8Array) return Buffer.from(json).toString('base64')
      return new JsonMap(json)
    default:
      return null
  }
}

class JsonMap extends CelMap {
  readonly #json: Readonly<Record<string, unknown>>

  constructor(json: object) {
    super()
    this.#json = { ...json }
  }

  get size(): number {
    return [...this.keys()].length
  }

  *keys(): Generator<Value> {
    for (const [key, value] of Object.entries(this.#json)) if (value !== undefined) yield key
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.#json, key)) return undefined
    const value = this.#json[key]
    return value === undefined ? undefined : jsonValue(value)
  }
}

/**
 * A value as JSON, or a failure for what JSON cannot hold. Ints become numbers, or bigints where a number is not
 * exact; times and durations become texts.
 */
export function toJSON(value: Value): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'number':
      return Number.isFinite(value) ? value : new CelFailure(`unsupported value ${value}`)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value
    default:
  }
  if (value === null) return null
  if (value instanceof CelUint) return toJSON(value.value)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatDuration(value)
  if (value instanceof Optional) return value.value === undefined ? null : toJSON(value.value)
  if (value instanceof CelList) return collect([...value], (items) => items)
  if (!(value instanceof CelMap)) return new CelFailure(`unsupported value of type ${String(value)}`)
  const keys = [...value.keys()].map(String)
  return collect(
    keys.map((key) => value.find(key) ?? null),
    (items) => Object.fromEntries(keys.map((key, index) => [key, items[index]])),
  )
}

function collect(values: readonly Value[], build: (items: unknown[]) => unknown): unknown {
  const items = values.map(toJSON)
  return items.find((item) => item instanceof CelFailure) ?? build(items)
}
