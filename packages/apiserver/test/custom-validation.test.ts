import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { aDefinition, anObject, call, causesOf, define, pathOf, withSpec } from './custom-helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const properties = {
  text: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[a-z]+$' },
  count: { type: 'integer', format: 'int32', minimum: 1, maximum: 10 },
  ratio: { type: 'number', exclusiveMinimum: true, minimum: 0, multipleOf: 0.5 },
  big: { type: 'integer', format: 'int64' },
  flag: { type: 'boolean' },
  color: { type: 'string', enum: ['red', 'green'] },
  when: { type: 'string', format: 'date-time' },
  either: { 'x-kubernetes-int-or-string': true },
  maybe: { type: 'string', nullable: true },
  list: { type: 'array', minItems: 1, maxItems: 2, items: { type: 'string' } },
  set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
  map: {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, value: { type: 'integer', maximum: 5 } },
    },
  },
  labels: { type: 'object', maxProperties: 1, additionalProperties: { type: 'string' } },
  must: { type: 'object', required: ['it'], properties: { it: { type: 'string' } } },
  one: {
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    oneOf: [{ required: ['a'] }, { required: ['b'] }],
  },
  any: { type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] },
  all: { type: 'integer', allOf: [{ minimum: 2 }, { maximum: 1 }] },
  not: { type: 'string', not: { pattern: '^x' } },
}

describe('an object of a custom resource', () => {
  beforeAll(() => define(server, aDefinition('things', withSpec({ type: 'object', properties }))))

  it.each([
    {
      name: 'fits',
      spec: { text: 'abc', count: 3, ratio: 1.5, flag: true, color: 'red', either: 3, list: ['a'] },
      want: [],
    },
    { name: 'has an integer written as a float', spec: { count: 3.0 }, want: [] },
    { name: 'has an integer where a number may be', spec: { ratio: 2 }, want: [] },
    { name: 'has text or a number', spec: { either: 'x' }, want: [] },
    { name: 'has null where it may', spec: { maybe: null }, want: [] },
    {
      name: 'has text for an integer',
      spec: { count: 'x' },
      want: ['spec.count: Invalid value: "string": spec.count in body must be of type integer: "string"'],
    },
    {
      name: 'has a fraction for an integer',
      spec: { big: 1.5 },
      want: [
        'spec.big: Invalid value: "float64": spec.big in body must be of type int64: "float64"',
        '<nil>: Invalid value: "": Checked value must be of type integer with format int64 in spec.big',
      ],
    },
    {
      name: 'has a number for text',
      spec: { text: 5 },
      want: ['spec.text: Invalid value: "integer": spec.text in body must be of type string: "integer"'],
    },
    {
      name: 'has a list for a boolean',
      spec: { flag: [] },
      want: ['spec.flag: Invalid value: "array": spec.flag in body must be of type boolean: "array"'],
    },
    {
      name: 'has neither text nor a number',
      spec: { either: true },
      want: ['spec.either: Invalid value: "boolean": spec.either in body must be of type integer,string: "boolean"'],
    },
    { name: 'is too long', spec: { text: 'abcdef' }, want: ['spec.text: Too long: may not be more than 5 bytes'] },
    {
      name: 'is too short',
      spec: { text: 'a' },
      want: ['spec.text: Invalid value: "a": spec.text in body should be at least 2 chars long'],
    },
    {
      name: 'does not match',
      spec: { text: 'ABC' },
      want: [`spec.text: Invalid value: "ABC": spec.text in body should match '^[a-z]+$'`],
    },
    {
      name: 'is too small',
      spec: { count: 0 },
      want: ['spec.count: Invalid value: 0: spec.count in body should be greater than or equal to 1'],
    },
    {
      name: 'is too big',
      spec: { count: 11 },
      want: ['spec.count: Invalid value: 11: spec.count in body should be less than or equal to 10'],
    },
    {
      name: 'is on an open boundary',
      spec: { ratio: 0 },
      want: ['spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0'],
    },
    {
      name: 'is no multiple',
      spec: { ratio: 0.7 },
      want: ['spec.ratio: Invalid value: 0.7: spec.ratio in body should be a multiple of 0.5'],
    },
    {
      name: 'is none of the listed',
      spec: { color: 'blue' },
      want: ['spec.color: Unsupported value: "blue": supported values: "red", "green"'],
    },
    {
      name: 'has no time',
      spec: { when: 'now' },
      want: ['spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now"'],
    },
    {
      name: 'has too few items',
      spec: { list: [] },
      want: ['spec.list: Invalid value: 0: spec.list in body should have at least 1 items'],
    },
    {
      name: 'has too many items',
      spec: { list: ['a', 'b', 'c'] },
      want: ['spec.list: Too many: 3: must have at most 2 items'],
    },
    {
      name: 'has an item of another type',
      spec: { list: ['a', 1] },
      want: ['spec.list[1]: Invalid value: "integer": spec.list[1] in body must be of type string: "integer"'],
    },
    {
      name: 'has an item of a set twice',
      spec: { set: ['a', 'b', 'a', 'a'] },
      want: ['spec.set[2]: Duplicate value: "a"'],
    },
    {
      name: 'has a key twice',
      spec: { map: [{ name: 'a' }, { name: 'a', value: 1 }] },
      want: ['spec.map[1]: Duplicate value: {"name":"a"}'],
    },
    {
      name: 'has too many members',
      spec: { labels: { a: '1', b: '2' } },
      want: ['spec.labels: Too many: 2: must have at most 1 item'],
    },
    {
      name: 'has a member of another type',
      spec: { labels: { a: 1 } },
      want: ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"'],
    },
    { name: 'lacks what it must have', spec: { must: {} }, want: ['spec.must.it: Required value'] },
    {
      name: 'has both of one',
      spec: { one: { a: '', b: '' } },
      want: [
        '<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives',
      ],
    },
    {
      name: 'has none of any',
      spec: { any: 'x' },
      want: [
        '<nil>: Invalid value: "": "spec.any" must validate at least one schema (anyOf)',
        'spec.any: Invalid value: "x": spec.any in body must be of type ipv4: "x"',
      ],
    },
    {
      name: 'breaks one of all',
      spec: { all: 2 },
      want: [
        'spec.all: Invalid value: 2: spec.all in body should be less than or equal to 1',
        '<nil>: Invalid value: "": "spec.all" must validate all the schemas (allOf)',
      ],
    },
    {
      name: 'is what it must not be',
      spec: { not: 'xy' },
      want: ['<nil>: Invalid value: "": "spec.not" must not validate the schema (not)'],
    },
  ])('that $name', async ({ spec, want }) => {
    const answer = await call(server, 'POST', `${pathOf('things')}?dryRun=All`, anObject('things', 'a', { spec }))
    expect(causesOf(answer)).toEqual(want)
    expect(answer.status).toBe(want.length === 0 ? 201 : 422)
  })

  it('keeps integers that a double does not hold', async () => {
    const text = JSON.stringify(anObject('things', 'big', { spec: { big: 0 } })).replace(
      '"big":0',
      '"big":9007199254740993',
    )
    expect((await call(server, 'POST', pathOf('things'), text)).text).toContain('"big":9007199254740993')
    expect((await call(server, 'GET', pathOf('things', 'big'))).text).toContain('"big":9007199254740993')
  })
})

describe('an update of a custom resource', () => {
  it('may leave what was wrong before', async () => {
    const loose = { type: 'object', properties: { text: { type: 'string' }, list: properties.map } }
    await define(server, aDefinition('olds', withSpec(loose)))
    const spec = { text: 'abc', list: [{ name: 'a', value: 5 }] }
    const { body } = await call(server, 'POST', pathOf('olds'), anObject('olds', 'a', { spec }))
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/olds.stable.example.com'
    const strict = {
      type: 'object',
      properties: {
        text: { type: 'string', maxLength: 1 },
        list: {
          ...properties.map,
          items: {
            ...properties.map.items,
            properties: { name: { type: 'string' }, value: { type: 'integer', maximum: 1 } },
          },
        },
        other: { type: 'string' },
      },
    }
    const patch = [{ op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec', value: strict }]
    expect((await call(server, 'PATCH', path, patch, { 'content-type': 'application/json-patch+json' })).status).toBe(
      200,
    )
    const changed = { ...body, spec: { ...spec, other: 'x', list: [{ name: 'b', value: 1 }, ...spec.list] } }
    const put = await call(server, 'PUT', pathOf('olds', 'a'), changed)
    expect(causesOf(put)).toEqual([])
    const worse = { ...put.body, spec: { ...changed.spec, text: 'abcd', list: [{ name: 'a', value: 6 }] } }
    expect(causesOf(await call(server, 'PUT', pathOf('olds', 'a'), worse))).toEqual([
      'spec.text: Too long: may not be more than 1 byte',
      'spec.list[0].value: Invalid value: 6: spec.list[0].value in body should be less than or equal to 1',
    ])
  })
})

describe('rules in CEL', () => {
  const spec = {
    type: 'object',
    'x-kubernetes-validations': [
      { rule: 'self.min <= self.max', message: 'min must not exceed max', fieldPath: '.min' },
      {
        rule: 'self.max < 100',
        messageExpression: "self.max > 150 ? 'far too much' : 'too much'",
        reason: 'FieldValueForbidden',
      },
    ],
    properties: {
      min: { type: 'integer', default: 0 },
      max: { type: 'integer', default: 10 },
      fixed: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }] },
      once: {
        type: 'string',
        'x-kubernetes-validations': [{ rule: "oldSelf.hasValue() || self == 'first'", optionalOldSelf: true }],
      },
    },
  }
  beforeAll(() => define(server, aDefinition('rules', withSpec(spec))))

  it.each([
    { name: 'hold', spec: { min: 1, max: 2 }, want: [] },
    { name: 'see defaults', spec: { min: 11 }, want: ['spec.min: Invalid value: min must not exceed max'] },
    { name: 'say what their expression says', spec: { max: 200 }, want: ['spec: Forbidden: far too much'] },
    {
      name: 'run on a new value where oldSelf is optional',
      spec: { once: 'second' },
      want: [`spec.once: Invalid value: "second": failed rule: oldSelf.hasValue() || self == 'first'`],
    },
    {
      name: 'wait for a valid object',
      spec: { min: 'x' },
      want: [
        'spec.min: Invalid value: "string": spec.min in body must be of type integer: "string"',
        '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
      ],
    },
  ])('$name', async ({ spec: given, want }) => {
    const answer = await call(server, 'POST', `${pathOf('rules')}?dryRun=All`, anObject('rules', 'a', { spec: given }))
    expect(causesOf(answer)).toEqual(want)
  })

  it('see the old object', async () => {
    const { body } = await call(server, 'POST', pathOf('rules'), anObject('rules', 'b', { spec: { fixed: 'a' } }))
    const changed = { ...body, spec: { fixed: 'b' } }
    expect(causesOf(await call(server, 'PUT', pathOf('rules', 'b'), changed))).toEqual([
      'spec.fixed: Invalid value: "b": is immutable',
    ])
  })
})
