import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applySchemaFrom, type SchemaText } from '../../testing/apply-schemas.ts'
import { parseYAML } from '../bodies/yaml-parser.ts'
import { compare } from './compare.ts'
import { type FieldSet, parseFieldSet } from './field-set.ts'
import { mergeTyped } from './merge.ts'
import { extractItems, removeItems } from './remove-items.ts'
import { toFieldSet } from './to-field-set.ts'
import { validateTyped } from './validate.ts'

interface Table<Case> {
  name: string
  type: string
  types: Record<string, SchemaText>
  cases: Case[]
}

interface Tables {
  merge: Table<{ base: unknown; partial: unknown; want: unknown }>[]
  compare: Table<{ from: unknown; to: unknown; removed: FieldSet; modified: FieldSet; added: FieldSet }>[]
  fields: Table<{ object: unknown; fields: FieldSet }>[]
  remove: Table<{ object: unknown; fields: FieldSet; rest?: unknown; only?: unknown }>[]
  validate: (Table<never> & { valid: unknown[]; invalid: unknown[]; duplicates?: unknown[] })[]
}

const tables: Tables = Object(parseYAML(readFileSync(new URL('testdata/values.yaml', import.meta.url), 'utf8'))[0])
const orNull = (value: unknown) => (value === undefined ? null : value)

describe.each(tables.merge)('$name', ({ type, types, cases }) => {
  const schema = applySchemaFrom(types, type)
  it.each(cases)('merges $base with $partial', ({ base, partial, want }) => {
    expect(orNull(mergeTyped(schema, base, partial))).toEqual(want)
  })
})

describe.each(tables.compare)('$name', ({ type, types, cases }) => {
  const schema = applySchemaFrom(types, type)
  it.each(cases)('compares $from with $to', ({ from, to, removed, modified, added }) => {
    const want = { removed: parseFieldSet(removed), modified: parseFieldSet(modified), added: parseFieldSet(added) }
    expect(compare(schema, from, to)).toEqual(want)
  })
})

describe.each(tables.fields)('$name', ({ type, types, cases }) => {
  const schema = applySchemaFrom(types, type)
  it.each(cases)('has the fields of $object', ({ object, fields }) => {
    expect(toFieldSet(schema, object)).toEqual(parseFieldSet(fields))
  })
})

describe.each(tables.remove)('$name', ({ type, types, cases }) => {
  const schema = applySchemaFrom(types, type)
  it.each(cases)('loses $fields of $object', ({ object, fields, rest, only }) => {
    const set = parseFieldSet(fields)
    if (rest !== undefined) expect(orNull(removeItems(schema, object, set))).toEqual(rest)
    if (only !== undefined) expect(orNull(extractItems(schema, object, set))).toEqual(only)
  })
})

describe.each(tables.validate)('$name', ({ type, types, valid, invalid, duplicates = [] }) => {
  const schema = applySchemaFrom(types, type)
  it.each(valid)('is %j', (value) => expect(validateTyped(schema, value)).toEqual([]))
  it.each(invalid)('is not %j', (value) => {
    expect(validateTyped(schema, value, { allowDuplicates: true })).not.toEqual([])
  })
  it.each(duplicates)('may be %j where duplicates are allowed', (value) => {
    expect(validateTyped(schema, value)).not.toEqual([])
    expect(validateTyped(schema, value, { allowDuplicates: true })).toEqual([])
  })
})
