import { describe, expect, it } from 'vitest'
import type { Schema } from './schema.ts'
import { compileTidy } from './tidy.ts'

const text: Schema = { type: 'string' }
const preserve = { 'x-kubernetes-preserve-unknown-fields': true }

interface Case {
  readonly name: string
  readonly schema: Schema
  readonly value: Record<string, unknown>
  readonly want: Record<string, unknown>
  readonly unknown?: readonly string[]
}

const tidied = ({ schema, value }: Pick<Case, 'schema' | 'value'>) =>
  compileTidy(schema, { defaults: true })(value, true)

describe('a value', () => {
  it.each<Case>([
    {
      name: 'loses what its schema does not know',
      schema: { properties: { a: { properties: { b: text } } } },
      value: { a: { b: 'x', c: 1 }, d: 1 },
      want: { a: { b: 'x' } },
      unknown: ['a.c', 'd'],
    },
    {
      name: 'loses it in lists and maps too',
      schema: {
        properties: {
          list: { items: { properties: { a: text } } },
          map: { additionalProperties: { properties: { a: text } } },
        },
      },
      value: { list: [{ a: 'x', b: 1 }], map: { k: { a: 'x', b: 1 } } },
      want: { list: [{ a: 'x' }], map: { k: { a: 'x' } } },
      unknown: ['list[0].b', 'map.k.b'],
    },
    {
      name: 'keeps what is to be preserved, but not below what is known',
      schema: { ...preserve, properties: { a: { properties: { b: text } } } },
      value: { a: { b: 'x', c: 1 }, d: { e: 1 } },
      want: { a: { b: 'x' }, d: { e: 1 } },
      unknown: ['a.c'],
    },
    {
      name: 'keeps scalars that have no schema of their own',
      schema: { properties: { map: { additionalProperties: true } } },
      value: { map: { a: 1, b: { c: 1 } } },
      want: { map: { a: 1, b: {} } },
      unknown: ['map.b.c'],
    },
    {
      name: 'gets its defaults, and those within them',
      schema: { properties: { a: { default: {}, properties: { b: { ...text, default: 'x' } } } } },
      value: {},
      want: { a: { b: 'x' } },
    },
    {
      name: 'gets defaults in items, not items',
      schema: { properties: { list: { items: { properties: { a: { ...text, default: 'x' } } } } } },
      value: { list: [{}, { a: 'y' }] },
      want: { list: [{ a: 'x' }, { a: 'y' }] },
    },
    {
      name: 'may not be null where that means nothing',
      schema: {
        properties: {
          a: text,
          b: { ...text, nullable: true },
          c: { ...text, default: 'x' },
          d: { ...text, nullable: true, default: 'x' },
        },
      },
      value: { a: null, b: null, c: null, d: null },
      want: { b: null, c: 'x', d: null },
    },
    {
      name: 'embeds objects with their metadata',
      schema: { properties: { pod: { ...preserve, 'x-kubernetes-embedded-resource': true } } },
      value: { pod: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', bogus: 1 }, spec: { x: 1 } } },
      want: { pod: { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a' }, spec: { x: 1 } } },
      unknown: ['pod.metadata.bogus'],
    },
    {
      name: 'may have any names',
      schema: { properties: { constructor: text, map: { additionalProperties: text } } },
      value: JSON.parse('{"constructor":"x","toString":"y","map":{"__proto__":"z"}}'),
      want: JSON.parse('{"constructor":"x","map":{"__proto__":"z"}}'),
      unknown: ['toString'],
    },
  ])('$name', ({ schema, value, want, unknown = [] }) => {
    const before = JSON.stringify(value)
    const { object, unknownFields } = tidied({ schema, value })
    expect(JSON.stringify(object)).toBe(JSON.stringify(want))
    expect(unknownFields).toEqual(unknown)
    expect(JSON.stringify(value)).toBe(before)
  })

  it('that is as it should be comes back itself', () => {
    const schema: Schema = { properties: { a: { items: { properties: { b: { ...text, default: 'x' } } } } } }
    const value = { kind: 'Foo', apiVersion: 'v1', metadata: {}, a: [{ b: 'y' }] }
    expect(tidied({ schema, value }).object).toBe(value)
  })
})
