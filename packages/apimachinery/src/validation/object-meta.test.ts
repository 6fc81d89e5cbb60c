import type { ObjectMeta } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { formatFieldError } from '../errors/field-errors.ts'
import { validateLabelSelector } from './labels.ts'
import { validateFieldManager, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.ts'

const texts = (errors: Parameters<typeof formatFieldError>[0][]) => errors.map(formatFieldError)

describe('new metadata', () => {
  const cases: { name: string; meta: ObjectMeta; want: string[] }[] = [
    { name: 'of a valid object passes', meta: { name: 'a', namespace: 'b' }, want: [] },
    {
      name: 'needs a name',
      meta: { namespace: 'b' },
      want: ['metadata.name: Required value: name or generateName is required'],
    },
    { name: 'needs a namespace', meta: { name: 'a' }, want: ['metadata.namespace: Required value'] },
    {
      name: 'refuses a label and an annotation',
      meta: { name: 'a', namespace: 'b', labels: { a: '-' }, annotations: { '/': '' } },
      want: [
        "metadata.labels: Invalid value: \"-\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        'metadata.annotations: Invalid value: "/": prefix part must be non-empty',
        'metadata.annotations: Invalid value: "/": name part must be non-empty',
        "metadata.annotations: Invalid value: \"/\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      ],
    },
    {
      name: 'limits the size of annotations',
      meta: { name: 'a', namespace: 'b', annotations: { A: 'x'.repeat(256 * 1024) } },
      want: ['metadata.annotations: Too long: may not be more than 262144 bytes'],
    },
    {
      name: 'has one controller at most',
      meta: {
        name: 'a',
        namespace: 'b',
        ownerReferences: [
          { apiVersion: 'apps/v1', kind: 'A', name: 'x', uid: '1', controller: true },
          { apiVersion: 'a/b/c', kind: '', name: 'y', uid: '2', controller: true },
        ],
      },
      want: [
        'metadata.ownerReferences[1].apiVersion: Invalid value: "a/b/c": must be <group>/<version> or <version>',
        'metadata.ownerReferences[1].kind: Required value: must not be empty',
        'metadata.ownerReferences: Invalid value: [{"apiVersion":"apps/v1","kind":"A","name":"x","uid":"1","controller":true},{"apiVersion":"a/b/c","kind":"","name":"y","uid":"2","controller":true}]: Only one reference can have Controller set to true. Found "true" in references for A/x and /y',
      ],
    },
    {
      name: 'refuses both finalizers of propagation',
      meta: { name: 'a', namespace: 'b', finalizers: ['orphan', 'foregroundDeletion'] },
      want: [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    },
  ]
  it.each(cases)('$name', ({ meta, want }) => {
    expect(texts(validateObjectMeta(meta, { namespaced: true }))).toEqual(want)
  })

  it('of a kind without namespaces has none', () => {
    expect(texts(validateObjectMeta({ name: 'a', namespace: 'b' }, { namespaced: false }))).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ])
  })

  it('may end its generateName with a dash', () => {
    expect(validateObjectMeta({ name: 'a-x', generateName: 'a-' }, { namespaced: false })).toEqual([])
  })
})

describe('changed metadata', () => {
  const old = { name: 'a', namespace: 'b', uid: 'u', generation: 2, resourceVersion: '1', finalizers: ['x.io/a'] }

  it.each([
    { name: 'may keep everything', change: {}, want: [] },
    { name: 'keeps its name', change: { name: 'c' }, want: ['metadata.name: Invalid value: "c": field is immutable'] },
    {
      name: 'needs a resource version',
      change: { resourceVersion: '' },
      want: ['metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    },
    {
      name: 'does not count its generation backwards',
      change: { generation: 1 },
      want: ['metadata.generation: Invalid value: 1: must not be decremented'],
    },
    {
      name: 'is not marked deleted by a client',
      change: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      want: ['metadata.deletionTimestamp: Invalid value: "2026-01-01T00:00:00Z": field is immutable'],
    },
  ])('$name', ({ change, want }) => {
    expect(texts(validateObjectMetaUpdate({ ...old, ...change }, old))).toEqual(want)
  })

  it('gets no new finalizers while the object is being deleted', () => {
    const deleted = { ...old, deletionTimestamp: '2026-01-01T00:00:00Z' }
    expect(texts(validateObjectMetaUpdate({ ...deleted, finalizers: ['x.io/b', 'x.io/a'] }, deleted))).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"x.io/b"}',
    ])
  })
})

describe('a label selector in an object', () => {
  it('has operators that fit their values', () => {
    const selector = {
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['x'] },
        { key: 'a', operator: 'Like', values: ['-'] },
      ],
    }
    expect(texts(validateLabelSelector(selector, 'spec.selector')).map((text) => text.slice(0, 90))).toEqual([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'".slice(
        0,
        90,
      ),
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists'".slice(
        0,
        90,
      ),
      'spec.selector.matchExpressions[2].operator: Invalid value: "Like": not a valid selector operator'.slice(0, 90),
      'spec.selector.matchExpressions[2].values[0]: Invalid value: "-": a valid label must be an empty string'.slice(
        0,
        90,
      ),
    ])
  })
})

it('a field manager is printable and not too long', () => {
  expect(texts(validateFieldManager('kubectl', 'fieldManager'))).toEqual([])
  expect(texts(validateFieldManager('ä\x07', 'fieldManager'))).toEqual([
    'fieldManager: Invalid value: "ä\\a": invalid character U+0007 (at position 2)',
  ])
  expect(texts(validateFieldManager('x'.repeat(129), 'm'))).toEqual(['m: Too long: may not be more than 128 bytes'])
})
