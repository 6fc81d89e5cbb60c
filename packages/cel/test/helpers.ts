import {
  ArrayList,
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullableType,
  optionalType,
  stringType,
  structType,
  timestampType,
  uintType,
  type Value,
} from '../src/index.ts'
import { KeyedMap, MapBuilder } from '../src/values/map.ts'

const simple: Readonly<Record<string, CelType>> = {
  bool: boolType,
  bytes: bytesType,
  double: doubleType,
  duration: durationType,
  dyn: dynType,
  int: intType,
  string: stringType,
  timestamp: timestampType,
  uint: uintType,
}

/** `map(string, list(int))` as a type; an unknown name is that of an object. */
export function type(text: string): CelType {
  const match = /^(\w+)\((.*)\)$/.exec(text)
  if (match === null) return simple[text] ?? structType(text)
  const [, name, inner = ''] = match
  const params: string[] = []
  let depth = 0
  let current = ''
  for (const c of inner) {
    if (c === '(') depth++
    if (c === ')') depth--
    if (c === ',' && depth === 0) {
      params.push(current.trim())
      current = ''
    } else current += c
  }
  params.push(current.trim())
  const [first = dynType, second = dynType] = params.map(type)
  if (name === 'list') return listType(first)
  if (name === 'optional') return optionalType(first)
  return name === 'wrapper' ? nullableType(first) : mapType(first, second)
}

export const types = (texts: Readonly<Record<string, string>>): Record<string, CelType> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, type(text)]))

/** Plain data as values: arrays are lists, objects are maps, whole numbers are ints. */
export function value(data: unknown): Value {
  if (Array.isArray(data)) return new ArrayList(data.map(value))
  if (typeof data === 'number' && Number.isInteger(data)) return BigInt(data)
  if (typeof data === 'number' || typeof data === 'string' || typeof data === 'boolean' || typeof data === 'bigint')
    return data
  if (data === null || data === undefined) return null
  if (data instanceof Uint8Array) return data
  const builder = new MapBuilder()
  for (const [key, each] of Object.entries(data)) builder.set(key, value(each))
  return builder.build()
}

export const variables = (data: Readonly<Record<string, unknown>>): Map<string, Value> =>
  new Map(Object.entries(data).map(([name, each]) => [name, value(each)]))

export const noEntries = new KeyedMap()

/** An object type with some fields of each kind. */
export const recordFields: Readonly<Record<string, CelType>> = {
  number: intType,
  text: stringType,
  texts: listType(stringType),
  labels: mapType(stringType, stringType),
  ratio: doubleType,
}

export const recordStructs = (name: string) =>
  name === 'Record'
    ? { name, field: (field: string) => recordFields[field], fields: () => Object.keys(recordFields) }
    : undefined
