import type { CustomResourceDefinition } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { definitionWarnings, validateDefinition, validateDefinitionUpdate } from './rules.ts'

type Parts = { spec?: object; version?: object; schema?: object; metadata?: object; status?: object }

const object = { type: 'object' }

function aDefinition({
  spec = {},
  version = {},
  schema = object,
  metadata = {},
  status = {},
}: Parts): CustomResourceDefinition {
  const names = { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' }
  const only = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }
  return Object({
    metadata: { name: 'foos.example.com', ...metadata },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names,
      versions: [only],
      conversion: { strategy: 'None' },
      ...spec,
    },
    status: { storedVersions: ['v1'], acceptedNames: { kind: '', plural: '' }, ...status },
  })
}

const errorsOf = (parts: Parts) => validateDefinition(aDefinition(parts)).map(formatFieldError)
const inSpec = (spec: object) => ({ schema: { ...object, properties: { spec } } })
const at = 'spec.validation.openAPIV3Schema'

describe('a definition', () => {
  it.each<{ name: string; parts: Parts; want: string[] }>([
    { name: 'fits', parts: {}, want: [] },
    {
      name: 'is called otherwise than its resource',
      parts: { metadata: { name: 'bars.example.com' } },
      want: ['metadata.name: Invalid value: "bars.example.com": must be spec.names.plural+"."+spec.group'],
    },
    {
      name: 'has a group without a dot',
      parts: { spec: { group: 'example' }, metadata: { name: 'foos.example' } },
      want: ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
    },
    {
      name: 'has another scope',
      parts: { spec: { scope: 'World' } },
      want: ['spec.scope: Unsupported value: "World": supported values: "Cluster", "Namespaced"'],
    },
    {
      name: 'has no schema',
      parts: { version: { schema: undefined } },
      want: ['spec.versions[0].schema.openAPIV3Schema: Required value'],
    },
    {
      name: 'preserves what it does not know',
      parts: { spec: { preserveUnknownFields: true } },
      want: [
        'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ],
    },
    {
      name: 'calls kind and list alike',
      parts: { spec: { names: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'Foo' } } },
      want: ['spec.names.listKind: Invalid value: "Foo": kind and listKind may not be the same'],
    },
    {
      name: 'has a webhook and no configuration',
      parts: { spec: { conversion: { strategy: 'Webhook' } } },
      want: [
        'spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook',
        'spec.conversion.conversionReviewVersions: Required value',
      ],
    },
    {
      name: 'has a webhook that speaks no known review',
      parts: {
        spec: {
          conversion: {
            strategy: 'Webhook',
            webhook: { clientConfig: { url: 'https://a.example.com' }, conversionReviewVersions: ['v9'] },
          },
        },
      },
      want: [
        'spec.conversion.conversionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
      ],
    },
    {
      name: 'scales by a path outside of its spec',
      parts: {
        version: { subresources: { scale: { specReplicasPath: '.replicas', statusReplicasPath: '.status.replicas' } } },
      },
      want: ['spec.subresources.scale.specReplicasPath: Invalid value: ".replicas": should be a json path under .spec'],
    },
    {
      name: 'has a column of no type',
      parts: { version: { additionalPrinterColumns: [{ name: 'A', type: 'text', jsonPath: 'spec' }] } },
      want: [
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
      ],
    },
    {
      name: 'lets a field be selected by that is not there',
      parts: { ...inSpec(object), version: { selectableFields: [{ jsonPath: '.spec.color' }] } },
      want: [
        'spec.selectableFields[0].jsonPath: Invalid value: ".spec.color": is an invalid path: does not refer to a valid field',
      ],
    },
    {
      name: 'warns of what is not deprecated',
      parts: { version: { deprecationWarning: 'x' } },
      want: ['spec.versions[0].deprecationWarning: Invalid value: "x": can only be set for deprecated versions'],
    },
    {
      name: 'does not know its storage version',
      parts: { version: { storage: false } },
      want: [
        'spec.versions: Invalid value: [{"name":"v1","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}}]: must have exactly one version marked as storage version',
      ],
    },
    {
      name: 'lacks a version in which objects are stored',
      parts: { status: { storedVersions: ['v1', 'v0'] } },
      want: [
        'status.storedVersions[1]: Invalid value: "v0": missing from spec.versions; v0 was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v0 and removes v0 from status.storedVersions',
      ],
    },
  ])('that $name', ({ parts, want }) => {
    expect(errorsOf(parts)).toEqual(want)
  })
})

describe('a schema', () => {
  it.each<{ name: string; parts: Parts; want: string[] }>([
    { name: 'has no type', parts: { schema: {} }, want: [`${at}.type: Required value: must not be empty at the root`] },
    {
      name: 'has a field without a type',
      parts: inSpec({}),
      want: [`${at}.properties[spec].type: Required value: must not be empty for specified object fields`],
    },
    {
      name: 'has a list without items',
      parts: inSpec({ type: 'array' }),
      want: [`${at}.properties[spec].items: Required value: must be specified`],
    },
    {
      name: 'has structure below a branch',
      parts: inSpec({ type: 'string', anyOf: [{ type: 'string' }] }),
      want: [`${at}.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural`],
    },
    {
      name: 'speaks of what it does not describe',
      parts: { schema: { ...object, oneOf: [{ properties: { a: { pattern: 'x' } } }] } },
      want: [`${at}.properties[a]: Required value: because it is defined in ${at}.oneOf[0].properties[a]`],
    },
    {
      name: 'restricts metadata',
      parts: { schema: { ...object, properties: { metadata: { type: 'object', properties: { labels: object } } } } },
      want: [
        `${at}.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified`,
      ],
    },
    {
      name: 'has properties and additional ones',
      parts: inSpec({
        type: 'object',
        properties: { a: { type: 'string' } },
        additionalProperties: { type: 'string' },
      }),
      want: [
        `${at}.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
      ],
    },
    {
      name: 'wants unique items',
      parts: inSpec({ type: 'array', uniqueItems: true, items: { type: 'string' } }),
      want: [
        `${at}.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      ],
    },
    {
      name: 'has no such pattern',
      parts: inSpec({ type: 'string', pattern: 'a(?=b)' }),
      want: [
        `${at}.properties[spec].pattern: Invalid value: "a(?=b)": must be a valid regular expression, but isn't: error parsing regexp: invalid or unsupported Perl syntax: \`(?=\``,
      ],
    },
    {
      name: 'has a default of another type',
      parts: inSpec({ type: 'integer', default: 'x' }),
      want: [`${at}.properties[spec].default: Invalid value: "string":  in body must be of type integer: "string"`],
    },
    {
      name: 'has a default with unknown fields',
      parts: inSpec({ type: 'object', default: { a: 1 } }),
      want: [`${at}.properties[spec].default: Invalid value: {"a":1}: must not have unknown fields`],
    },
    {
      name: 'has a map without keys',
      parts: inSpec({ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } }),
      want: [
        `${at}.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
      ],
    },
    {
      name: 'has a key that may be absent',
      parts: inSpec({
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a'],
        items: { type: 'object', properties: { a: { type: 'string' } } },
      }),
      want: [
        `${at}.properties[spec].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
      ],
    },
    {
      name: 'has a rule that is none',
      parts: inSpec({
        type: 'object',
        properties: { a: { type: 'string' } },
        'x-kubernetes-validations': [{ rule: 'self.b == 1' }],
      }),
      want: [
        `${at}.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"rule":"self.b == 1"}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b == 1\n | ....^`,
      ],
    },
    {
      name: 'has a rule that gives no answer',
      parts: inSpec({ type: 'integer', 'x-kubernetes-validations': [{ rule: 'self + 1' }] }),
      want: [
        `${at}.properties[spec].x-kubernetes-validations[0].rule: Invalid value: {"rule":"self + 1"}: cel expression must evaluate to a bool`,
      ],
    },
    {
      name: 'looks back where nothing stays what it was',
      parts: inSpec({
        type: 'array',
        maxItems: 5,
        items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] },
      }),
      want: [
        `${at}.properties[spec].items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${at}.properties[spec]`,
      ],
    },
  ])('that $name', ({ parts, want }) => {
    expect(errorsOf(parts)).toEqual(want)
  })

  it('may not cost more than upstream lets it', () => {
    const items = { type: 'string' }
    const rule = 'self.all(x, self.all(y, x == y))'
    const errors = errorsOf(inSpec({ type: 'array', items, 'x-kubernetes-validations': [{ rule }] }))
    expect(errors).toContain(
      `${at}.properties[spec].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`,
    )
    expect(
      errorsOf(
        inSpec({
          type: 'array',
          maxItems: 5,
          items: { type: 'string', maxLength: 10 },
          'x-kubernetes-validations': [{ rule }],
        }),
      ),
    ).toEqual([])
  })
})

describe('an update of a definition', () => {
  const conditions = [{ type: 'Established', status: 'True' }]

  it('changes neither scope nor names that are in use', () => {
    const old = aDefinition({ status: { conditions } })
    const names = { plural: 'bars', singular: 'foo', kind: 'Bar', listKind: 'FooList' }
    const next = aDefinition({ spec: { scope: 'Cluster', names }, status: { conditions } })
    expect(validateDefinitionUpdate(next, old).map(formatFieldError)).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Bar": field is immutable',
      'spec.names.plural: Invalid value: "bars": field is immutable',
    ])
  })

  it('may keep what was let through before', () => {
    const loose = inSpec({ type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } })
    expect(errorsOf(loose)).not.toEqual([])
    expect(validateDefinitionUpdate(aDefinition(loose), aDefinition(loose))).toEqual([])
  })
})

it('warns of formats that mean nothing, once', () => {
  const definition = aDefinition(inSpec({ type: 'string', format: 'telephone' }))
  expect(definitionWarnings(definition, undefined)).toEqual(['unrecognized format "telephone"'])
  expect(definitionWarnings(definition, definition)).toEqual([])
})
