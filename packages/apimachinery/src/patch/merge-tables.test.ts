import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseYAML } from '../bodies/yaml-parser.ts'
import { deepFreeze } from '../meta/deep.ts'
import { applyMergePatch, createMergePatch, createThreeWayJSONMergePatch, filterNulls } from './json-merge.ts'
import { isList, isMap, type JSONMap, mapOf } from './json-map.ts'
import { applyJSONPatch } from './json-patch.ts'
import { PatchConflictError, PatchError } from './patch-error.ts'
import type { PatchField, PatchSchema } from './patch-schema.ts'
import { applyStrategicMergePatch, createThreeWayStrategicMergePatch, createTwoWayMergePatch } from './strategic.ts'

/** A leaf of the type below: nothing in it merges by name. */
const leaf: PatchSchema = {
  name: 'string',
  member(key) {
    throw new PatchError(`unable to find api field in struct leaf for the json field ${JSON.stringify(key)}`)
  },
}

const field = (schema: PatchSchema, strategy: PatchField['strategy'] = '', rest: Partial<PatchField> = {}) => ({
  schema,
  strategy,
  retainKeys: false,
  mergeKey: '',
  ...rest,
})
const listOf = (item: PatchSchema): PatchSchema => ({ name: 'slice', item, member: leaf.member })
const mapOfLeaves: PatchSchema = { name: 'map', member: () => field(leaf) }

function structOf(name: string, fields: () => Readonly<Record<string, PatchField>>): PatchSchema {
  return {
    name: 'struct',
    member(key) {
      const found = Object.hasOwn(fields(), key) ? fields()[key] : undefined
      if (found) return found
      throw new PatchError(`unable to find api field in struct ${name} for the json field ${JSON.stringify(key)}`)
    },
  }
}

const scalars = { name: field(leaf), value: field(leaf), other: field(leaf), simpleMap: field(mapOfLeaves) }
const byName = { mergeKey: 'name' }

/** A type that has one list and one map for each way of merging, within itself. */
const mergeItem: PatchSchema = structOf('MergeItem', () => ({
  ...scalars,
  mergingList: field(listOf(mergeItem), 'merge', byName),
  nonMergingList: field(listOf(mergeItem)),
  mergingIntList: field(listOf(leaf), 'merge'),
  nonMergingIntList: field(listOf(leaf)),
  mergeItemPtr: field({ ...mergeItem, item: mergeItem }, 'merge', byName),
  replacingItem: field(leaf, 'replace'),
  jsonItem: field(leaf),
  retainKeysMap: field(retainKeysItem, '', { retainKeys: true }),
  retainKeysMergingList: field(listOf(mergeItem), 'merge', { ...byName, retainKeys: true }),
}))

const retainKeysItem: PatchSchema = structOf('RetainKeysMergeItem', () => ({
  ...scalars,
  mergingIntList: field(listOf(leaf), 'merge'),
  mergingList: field(listOf(mergeItem), 'merge', byName),
  nonMergingList: field(listOf(mergeItem)),
}))

const number = field({ ...leaf, name: 'number' })
const precisionItem = structOf('PrecisionItem', () => ({
  ...scalars,
  int32: number,
  int64: number,
  float32: number,
  float64: number,
}))

function casesOf(file: string, group: string): JSONMap[] {
  const tables = mapOf(parseYAML(readFileSync(new URL(`testdata/${file}`, import.meta.url), 'utf8'))[0])
  const cases = tables[group]
  if (!isList(cases) || !cases.every(isMap)) throw new Error(`${file} has no cases ${group}`)
  return cases.map((one) => deepFreeze(one))
}

const named = (cases: readonly JSONMap[], of: (one: JSONMap) => unknown) =>
  cases.map((one): [string, JSONMap] => [JSON.stringify(of(one)), one])

describe('a strategic merge patch', () => {
  it.each(named(casesOf('strategic-merge.yaml', 'apply'), (one) => [one.twoWay, one.original]))(
    'applies: %s',
    (_, { original, twoWay, modified, error }) => {
      const apply = () => applyStrategicMergePatch(original, twoWay, mergeItem)
      if (error === undefined) expect(apply()).toEqual(modified)
      else expect(apply).toThrow(String(error))
    },
  )

  const created = named(casesOf('strategic-merge.yaml', 'create'), (one) => [one.original, one.modified, one.current])

  it.each(created)('is made of two objects: %s', (_, one) => {
    const { original = {}, modified, twoWay, twoWayResult = modified, error } = one
    const patch = createTwoWayMergePatch(original, modified, mergeItem)
    expect(patch).toEqual(twoWay)
    const apply = () => applyStrategicMergePatch(original, patch, mergeItem)
    if (error === undefined) expect(apply()).toEqual(twoWayResult)
    else expect(apply).toThrow(String(error))
  })

  it.each(created)('is made of three objects: %s', (_, one) => {
    const { original, modified, current, threeWay, result, conflict } = one
    const make = (overwrite: boolean) =>
      createThreeWayStrategicMergePatch(original, modified, current, mergeItem, { overwrite })
    if (conflict) expect(() => make(false)).toThrow(PatchConflictError)
    if (result === undefined) return
    const patch = make(conflict === true)
    expect(patch).toEqual(threeWay)
    expect(applyStrategicMergePatch(current, patch, mergeItem)).toEqual(result)
  })
  it.each(named(casesOf('strategic-merge.yaml', 'unknown'), (one) => [one.original, one.modified]))(
    'takes fields that it does not know as they are: %s',
    (_, { original, modified, current, error, twoWay, twoWayResult, threeWay, result }) => {
      const both = () => createTwoWayMergePatch(original, modified, mergeItem)
      const all = () => createThreeWayStrategicMergePatch(original, modified, current, mergeItem, { overwrite: false })
      if (error !== undefined) {
        expect(both).toThrow(String(error))
        expect(all).toThrow(String(error))
        return
      }
      expect(both()).toEqual(twoWay)
      expect(applyStrategicMergePatch(original, both(), mergeItem)).toEqual(twoWayResult)
      expect(all()).toEqual(threeWay)
      expect(applyStrategicMergePatch(current, all(), mergeItem)).toEqual(result)
    },
  )

  it.each(
    named(casesOf('strategic-merge.yaml', 'numbers'), (one) =>
      Object.entries(mapOf(one.original)).map(([key, value]) => `${key} ${value}`),
    ),
  )('leaves numbers as they are: %s', (_, { original, modified, twoWay, twoWayResult }) => {
    const patch = createTwoWayMergePatch(original, modified, precisionItem)
    expect(patch).toEqual(twoWay)
    expect(applyStrategicMergePatch(original, patch, precisionItem)).toEqual(twoWayResult)
  })
})

describe('a JSON patch', () => {
  it.each(named(casesOf('json-patches.yaml', 'apply'), (one) => one.patch))('applies: %s', (_, one) => {
    expect(applyJSONPatch(one.object, one.patch)).toEqual(one.want)
  })

  it.each(named(casesOf('json-patches.yaml', 'refuse'), (one) => one.patch))('does not apply: %s', (_, one) => {
    expect(() => applyJSONPatch(one.object, one.patch)).toThrow()
  })

  it.each(named(casesOf('json-patches.yaml', 'test'), (one) => [one.object, one.patch]))('tests: %s', (_, one) => {
    const apply = () => applyJSONPatch(one.object, one.patch)
    if (one.holds) expect(apply()).toEqual(one.object)
    else
      expect(apply).toThrow(
        expect.objectContaining({
          cause: expect.objectContaining({
            message: expect.stringMatching(/^testing value \/\S+ failed: test failed$/i),
          }),
        }),
      )
  })
})

describe('a JSON merge patch', () => {
  it.each(named(casesOf('json-patches.yaml', 'merge'), (one) => [one.object, one.patch]))('applies: %s', (_, one) => {
    expect(applyMergePatch(one.object, one.patch)).toEqual(one.want)
  })

  it.each([null, 'bar', 1, true])('that is no object is refused: %j', (patch) => {
    expect(() => applyMergePatch({ a: 'foo' }, patch)).toThrow()
  })

  it.each(named(casesOf('json-patches.yaml', 'diff'), (one) => [one.original, one.modified]))(
    'is made of two objects: %s',
    (_, one) => {
      expect(createMergePatch(one.original, one.modified)).toEqual(one.patch)
    },
  )

  it.each(named(casesOf('json-patches.yaml', 'threeWay'), (one) => [one.original, one.modified, one.current]))(
    'is made of three objects: %s',
    (_, { original = {}, modified = {}, current = {}, threeWay, result }) => {
      const patch = createThreeWayJSONMergePatch(original, modified, current)
      expect(patch).toEqual(threeWay)
      expect(applyMergePatch(current, patch)).toEqual(result)
    },
  )

  it.each(named(casesOf('json-patches.yaml', 'nulls'), (one) => one.patch))(
    'of an apply keeps nulls apart: %s',
    (_, one) => {
      expect(filterNulls(mapOf(one.patch), true)).toEqual(one.withNull)
      expect(filterNulls(mapOf(one.patch), false)).toEqual(one.withoutNull)
    },
  )
})
