import { describe, expect, it } from 'vitest'
import {
  apiVersionOf,
  Deployment,
  Event,
  HorizontalPodAutoscaler,
  Pod,
  resources,
  typeInfo,
  typeNames,
} from './index.ts'

const scalars = new Set([
  'string',
  'int32',
  'int64',
  'double',
  'bool',
  'bytes',
  'Time',
  'MicroTime',
  'Duration',
  'Quantity',
  'IntOrString',
  'RawExtension',
  'FieldsV1',
  'JSON',
  'JSONSchemaPropsOrArray',
  'JSONSchemaPropsOrBool',
  'JSONSchemaPropsOrStringArray',
  'object',
])

describe('the field table', () => {
  it('names only scalars and types that it holds', () => {
    const unknown = typeNames().flatMap((name) =>
      Object.entries(typeInfo(name)?.fields ?? {})
        .filter(([, field]) => !scalars.has(field.type) && !typeInfo(field.type))
        .map(([field, info]) => `${name}.${field}: ${info.type}`),
    )
    expect(unknown).toEqual([])
  })

  it('knows merge keys and protobuf numbers', () => {
    expect(typeInfo('api.core.v1.PodSpec')?.fields.containers).toMatchObject({
      type: 'api.core.v1.Container',
      list: true,
      listType: 'map',
      listMapKeys: ['name'],
      mergeKey: 'name',
      patchStrategy: ['merge'],
      pb: 2,
    })
  })

  it('knows where zero differs from absence, and what types are called upstream', () => {
    const { fields } = typeInfo('api.core.v1.PodSpec') ?? { fields: {} }
    expect(fields.terminationGracePeriodSeconds?.pointer).toBe(true)
    expect(fields.hostNetwork?.pointer).toBeUndefined()
    expect(fields.restartPolicy?.goType).toBe('v1.RestartPolicy')
    expect(typeInfo('api.scheduling.v1.PriorityClass')?.fields.value?.zero).toBe(true)
  })

  it('knows every field number of a type once', () => {
    for (const name of typeNames()) {
      const numbers = Object.values(typeInfo(name)?.fields ?? {}).flatMap((field) => field.pb ?? [])
      expect(new Set(numbers).size, name).toBe(numbers.length)
    }
  })
})

describe('the resources', () => {
  it('have a type each', () => {
    expect(
      resources.filter((row) => !typeInfo(row.typeName)).map((row) => `${row.group}/${row.version}/${row.resource}`),
    ).toEqual([])
  })

  it('carry scope, verbs and subresources', () => {
    const pods = resources.find((row) => row.resource === 'pods')
    expect(pods?.namespaced).toBe(true)
    expect(pods?.verbs).toEqual(['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'])
    expect(pods?.subresources.map((sub) => sub.name)).toEqual(
      expect.arrayContaining(['binding', 'eviction', 'exec', 'log', 'status']),
    )
    expect(resources.find((row) => row.resource === 'nodes')?.namespaced).toBe(false)
  })

  it.each([
    { kind: Pod, want: 'v1' },
    { kind: Deployment, want: 'apps/v1' },
    { kind: Event, want: 'v1' },
    { kind: HorizontalPodAutoscaler, want: 'autoscaling/v2' },
  ])('$kind.kind is a token of $want', ({ kind, want }) => {
    expect(apiVersionOf(kind)).toBe(want)
  })
})
