import { type FieldInfo, type KubeObject, typeInfo } from '@wherry/api'
import { deepClone, deepFreeze } from '@wherry/apimachinery'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ResourceDefinition } from '../registry/resource.ts'
import { definitionRules } from './apiextensions/lazy-rules.ts'
import { definitions } from './index.ts'

beforeAll(() => definitionRules.load())

const facts = { user: { name: 'u', groups: [] }, now: 0, dryRun: false }
/** How many of an object's fields are left out, one at a time; a kind has thousands. */
const samples = 80

/** A value of a type with every field set; within itself a type is empty. */
function sampleOf(type: string, within: readonly string[]): unknown {
  const info = typeInfo(type)
  if (!info) return scalars[type] ?? 'x'
  if (info.alias) return fieldValue(info.alias, within)
  if (within.includes(type)) return {}
  const fields = Object.entries(info.fields)
  return Object.fromEntries(fields.map(([name, field]) => [name, fieldValue(field, [...within, type])]))
}

function fieldValue(field: FieldInfo, within: readonly string[]): unknown {
  const value = sampleOf(field.type, within)
  if (field.list) return [value]
  return field.map ? { key: value } : value
}

const scalars: Readonly<Record<string, unknown>> = {
  bool: true,
  int32: 1,
  int64: 1,
  double: 1,
  Time: '2026-01-01T00:00:00Z',
  MicroTime: '2026-01-01T00:00:00.000000Z',
  Quantity: '1',
  IntOrString: 1,
  RawExtension: {},
  FieldsV1: {},
  JSON: {},
}

/** Everything that the server asks of a declaration; it must not throw, whatever a client leaves out. */
function exercise(definition: ResourceDefinition, sent: KubeObject, old: KubeObject): void {
  const object = deepClone(sent)
  definition.setDefaults?.(object)
  definition.prepareForCreate?.(object, facts)
  definition.status?.initial?.(object)
  definition.prepareForUpdate?.(object, old, facts)
  definition.status?.prepareForUpdate?.(object, old, facts)
  deepFreeze(object)
  definition.validate?.(object)
  definition.validateUpdate?.(object, old)
  definition.validateUpdate?.(old, object)
  definition.status?.validateUpdate?.(object, old)
  definition.status?.validateUpdate?.(old, object)
  definition.warnings?.(object, undefined)
  definition.gracePeriod?.(object, undefined)
  definition.otherFinalizers?.(object)
  for (const column of definition.columns ?? []) column.value(object, 0)
  for (const read of Object.values(definition.selectableFields ?? {})) expect(typeof read(object)).toBe('string')
  definition.scale?.replicas(object)
  definition.scale?.statusReplicas(object)
  definition.scale?.selector(object)
  definition.storedAs?.fromStored(definition.storedAs.toStored(object))
  for (const subresource of Object.values(definition.subresources ?? {})) {
    const copy = deepClone(sent)
    definition.setDefaults?.(copy)
    subresource.prepareForUpdate(copy, old, facts)
    subresource.validateUpdate?.(copy, old)
  }
}

/** The places of all fields and items, outside of the metadata. */
function pathsOf(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value)
    .filter(([key]) => key !== 'metadata')
    .flatMap(([key, member]) => [[...at, key], ...pathsOf(member, [...at, key])])
}

/** A copy without what stands at the path. */
function without(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (rest.length === 0) return value.filter((_, i) => String(i) !== key)
    return value.map((item, i) => (String(i) === key ? without(item, rest) : item))
  }
  const others = Object.entries(value).filter(([name]) => name !== key)
  if (rest.length === 0 || key === undefined) return Object.fromEntries(others)
  return { ...Object.fromEntries(others), [key]: without(Reflect.get(value, key), rest) }
}

describe.each(definitions.map((definition) => ({ name: definition.kind.typeName, definition })))(
  'the declaration of $name',
  ({ definition }) => {
    const metadata = { name: 'x', namespace: 'x', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' }
    const objectOf = (value: unknown): KubeObject => ({ ...Object(value), metadata: deepClone(metadata) })
    const full = objectOf(sampleOf(definition.kind.typeName, []))
    const old = deepClone(full)
    definition.setDefaults?.(old)
    deepFreeze(old)

    it('copes with an object that says everything, and with one that says nothing', () => {
      exercise(definition, full, old)
      exercise(definition, objectOf({}), old)
    })

    it('copes with an object that leaves any one thing out', () => {
      const paths = pathsOf(full)
      const step = Math.max(1, Math.floor(paths.length / samples))
      for (let i = 0; i < paths.length; i += step) exercise(definition, objectOf(without(full, paths[i] ?? [])), old)
    })
  },
)
