import { existsSync, readFileSync } from 'node:fs'
import { resources } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import type { ServedResource } from '../discovery/served.ts'
import { groupDocument, swaggerDocument } from './documents.ts'
import type { JSONObject, JSONValue } from './json.ts'
import { operationsOf } from './operations.ts'
import { schemaName, schemaOf } from './schemas.ts'

const served: ServedResource[] = resources.map((info) => ({ info }))
const none = () => ({})

function at(value: JSONValue | undefined, ...path: string[]): JSONValue | undefined {
  let found = value
  for (const key of path) {
    const members = typeof found === 'object' && found !== null ? new Map(Object.entries(found)) : new Map()
    found = members.get(key)
  }
  return found
}

describe('the document of a group', () => {
  const core = groupDocument(
    served.filter(({ info }) => info.group === '' && info.version === 'v1'),
    (type) => (type === 'api.core.v1.Pod' ? { text: 'What a pod is.', fields: { spec: 'What it is to do.' } } : {}),
  )

  it('marks kinds, lists with their keys, and merges', () => {
    const pod = at(core, 'components', 'schemas', 'io.k8s.api.core.v1.Pod')
    expect(at(pod, 'x-kubernetes-group-version-kind')).toEqual([{ group: '', kind: 'Pod', version: 'v1' }])
    const containers = at(core, 'components', 'schemas', 'io.k8s.api.core.v1.PodSpec', 'properties', 'containers')
    expect(containers).toEqual({
      items: { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} },
      type: 'array',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
  })

  it('carries prose where there is some', () => {
    const pod = at(core, 'components', 'schemas', 'io.k8s.api.core.v1.Pod')
    expect(at(pod, 'description')).toBe('What a pod is.')
    expect(at(pod, 'properties', 'spec', 'description')).toBe('What it is to do.')
  })

  it('says of a write which parameters it takes: kubectl looks for fieldValidation', () => {
    const patch = at(core, 'paths', '/api/v1/namespaces/{namespace}/pods/{name}', 'patch')
    expect(at(patch, 'x-kubernetes-group-version-kind')).toEqual({ group: '', kind: 'Pod', version: 'v1' })
    const parameters = at(patch, 'parameters')
    expect(Array.isArray(parameters) && parameters.map((one) => at(one, 'name'))).toContain('fieldValidation')
  })

  it('defines every type that it refers to', () => {
    const text = JSON.stringify(core)
    const refs = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] ?? ''))
    const defined = at(core, 'components', 'schemas') ?? {}
    expect([...refs].filter((name) => at(defined, name) === undefined)).toEqual([])
  })
})

const reference = new URL('../../../../../shared/reference/kubernetes-1.36/', import.meta.url)

// Who develops elsewhere has no copy of the facts; the tables that the documents are made of are committed.
if (existsSync(reference)) {
  describe('what upstream publishes', () => {
    it('is what each schema says', () => {
      const definitions: Record<string, JSONObject> = JSON.parse(
        readFileSync(new URL('openapi-definitions.json', reference), 'utf8'),
      )
      const ours = Object.fromEntries(swaggerDocument(served, none).definitions())
      const different: string[] = []
      for (const [name, want] of Object.entries(definitions)) {
        const type = name.replace(/^io\.k8s\./, '')
        const is = at(ours, name)
        if (is === undefined) continue
        if (schemaName(type) !== name) continue
        if (/DeleteOptions$|WatchEvent$/.test(name)) continue
        if (JSON.stringify(sorted(is)) !== JSON.stringify(sorted(want)))
          different.push(`${name}: ${JSON.stringify(sorted(is))} is not ${JSON.stringify(sorted(want))}`)
      }
      expect(different).toEqual([])
    })

    it('is what can be asked, under the same names', () => {
      const rows = readFileSync(new URL('operations.tsv', reference), 'utf8').trim().split('\n').slice(1)
      const want = rows
        .map((row) => row.split('\t'))
        .filter(([, , action = '']) => action !== '' && !action.startsWith('watch'))
        .map(([method = '', path, action, kind, id]) => [method, path, action, kind, id].join(' '))
      const ours = served.flatMap(operationsOf).map(({ method, path, action, kind, id }) => {
        const { group, version } = kind
        return [
          method.toUpperCase(),
          path,
          action,
          `${group === '' ? '' : `${group}/`}${version}/${kind.kind}`,
          id,
        ].join(' ')
      })
      expect(ours.filter((one) => !want.includes(one))).toEqual([])
      expect(want.filter((one) => !ours.includes(one))).toEqual([])
    })
  })
}

/** Orders what has no order, and leaves out which fields exclude each other: no client reads that. */
function sorted(value: JSONValue | undefined): JSONValue | undefined {
  if (Array.isArray(value)) return value.map((one) => sorted(one) ?? null)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'x-kubernetes-unions')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, key === 'required' && Array.isArray(member) ? [...member].sort() : sorted(member)]),
  )
}

describe('a schema', () => {
  it.each([
    { type: 'Quantity', dialect: 'v2' as const, want: { type: 'string' } },
    { type: 'Quantity', dialect: 'v3' as const, want: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
    { type: 'JSON', dialect: 'v3' as const, want: {} },
  ])('of $type in $dialect is of its own', ({ type, dialect, want }) => {
    expect(schemaOf(type, dialect, none)).toEqual(want)
  })
})
