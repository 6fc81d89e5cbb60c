import { Deployment, type KubeObject, Pod, Secret, typeNames } from '@wherry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valuesOf } from '../../testing/values-of.ts'
import { StatusError } from '../errors/status-error.ts'
import { semanticEqual } from '../meta/deep.ts'
import { parseJSON } from '../bodies/json.ts'
import { decodeTyped, strictDecodingError, strictWarnings } from './decode-typed.ts'

const container = { name: 'c', image: 'i' }
const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec })

function messageOf(type: string, value: unknown): string {
  try {
    decodeTyped(type, value)
  } catch (error) {
    if (error instanceof StatusError) return error.message
    throw error
  }
  return ''
}

describe('a typed object', () => {
  it('keeps what its type has and names what it has not', () => {
    const value = {
      ...pod({ containers: [{ ...container, foo: 1, ports: [{ containerPort: 80, Protocol: 'TCP' }] }], fuu: {} }),
      extra: { deep: 1 },
    }
    const { object, unknownFields } = decodeTyped(Pod, value)
    expect(object).toEqual(pod({ containers: [{ ...container, ports: [{ containerPort: 80 }] }] }))
    expect(unknownFields).toEqual([
      'spec.containers[0].foo',
      'spec.containers[0].ports[0].Protocol',
      'spec.fuu',
      'extra',
    ])
  })

  it('has no nulls and no empty optional lists and maps', () => {
    const metadata = { name: 'a', creationTimestamp: null, labels: {}, finalizers: [], annotations: { a: null } }
    const { object } = decodeTyped(Pod, {
      metadata,
      spec: { containers: [], volumes: null, nodeSelector: {} },
      status: {},
    })
    expect(object).toEqual({ metadata: { name: 'a', annotations: { a: '' } }, spec: { containers: [] }, status: {} })
  })

  it('has zero, false and empty text only where they differ from absence', () => {
    const metadata = { name: 'a', namespace: '', generation: 0, labels: { a: '' }, deletionGracePeriodSeconds: 0 }
    const spec = {
      hostNetwork: false,
      dnsPolicy: '',
      terminationGracePeriodSeconds: 0,
      automountServiceAccountToken: false,
      runtimeClassName: '',
      containers: [{ name: '', ports: [{ containerPort: 0, hostPort: 0 }] }],
    }
    expect(decodeTyped(Pod, { metadata, spec }).object).toEqual({
      metadata: { name: 'a', labels: { a: '' }, deletionGracePeriodSeconds: 0 },
      spec: {
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
        runtimeClassName: '',
        containers: [{ name: '', ports: [{ containerPort: 0 }] }],
      },
    })
    const service = { spec: { ports: [{ port: 80, targetPort: 0, protocol: '' }] } }
    expect(decodeTyped('api.core.v1.Service', service).object).toEqual({ spec: { ports: [{ port: 80 }] } })
  })

  it('has quantities, times and durations in canonical form', () => {
    const resources = { requests: { cpu: '0.5', memory: ' 1024Mi ' }, limits: { cpu: 2 } }
    const metadata = { creationTimestamp: '2026-01-01T01:00:00.9+01:00', name: 'a' }
    const { object } = decodeTyped(Pod, { metadata, spec: { containers: [{ ...container, resources }] } })
    expect(object.metadata.creationTimestamp).toBe('2026-01-01T00:00:00Z')
    expect(object.spec?.containers[0]?.resources).toEqual({
      requests: { cpu: '500m', memory: '1Gi' },
      limits: { cpu: '2' },
    })
    const lease = { spec: { renewTime: '2026-01-01T01:00:00.123456+01:00' } }
    expect(decodeTyped('api.coordination.v1.Lease', lease).object).toEqual({
      spec: { renewTime: '2026-01-01T00:00:00.123456Z' },
    })
  })

  it('may hold integers beyond 2^53, and a number or text where either may stand', () => {
    const spec = { containers: [], activeDeadlineSeconds: 9223372036854775807n }
    expect(decodeTyped('api.core.v1.Pod', pod(spec)).object).toEqual(pod(spec))
    const service = {
      spec: {
        ports: [
          { port: 1, targetPort: 'http' },
          { port: 2, targetPort: 8080 },
        ],
      },
    }
    expect(decodeTyped('api.core.v1.Service', service).object).toEqual(service)
  })

  it('keeps keys of maps whatever they are called', () => {
    const metadata = JSON.parse('{"name":"a","labels":{"__proto__":"x","constructor":"y"}}')
    const { object } = decodeTyped(Pod, { metadata })
    expect(JSON.stringify(object)).toBe('{"metadata":{"name":"a","labels":{"__proto__":"x","constructor":"y"}}}')
    expect(decodeTyped(Pod, JSON.parse('{"__proto__":{"kind":"x"}}')).unknownFields).toEqual(['__proto__'])
  })

  it.each([
    {
      type: Deployment,
      value: { spec: { replicas: 'x' } },
      want: 'string into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      type: Deployment,
      value: { spec: { replicas: 1.5 } },
      want: 'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      type: Deployment,
      value: { spec: { replicas: 2 ** 31 } },
      want: 'number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32',
    },
    {
      type: Pod,
      value: { metadata: { labels: { a: 1 } } },
      want: 'number into Go struct field ObjectMeta.metadata.labels of type string',
    },
    {
      type: Pod,
      value: { metadata: { labels: [] } },
      want: 'array into Go struct field ObjectMeta.metadata.labels of type map[string]string',
    },
    {
      type: Pod,
      value: { metadata: { name: true } },
      want: 'bool into Go struct field ObjectMeta.metadata.name of type string',
    },
    { type: Pod, value: { spec: 'x' }, want: 'string into Go struct field Pod.spec of type v1.PodSpec' },
    {
      type: Pod,
      value: { spec: { containers: {} } },
      want: 'object into Go struct field PodSpec.spec.containers of type []v1.Container',
    },
    {
      type: Pod,
      value: { spec: { containers: ['x'] } },
      want: 'string into Go struct field PodSpec.spec.containers of type v1.Container',
    },
    {
      type: Pod,
      value: { spec: { containers: [{ ports: [{ containerPort: '80' }] }] } },
      want: 'string into Go struct field ContainerPort.spec.containers.ports.containerPort of type int32',
    },
    {
      type: Pod,
      value: { spec: { hostNetwork: 'yes' } },
      want: 'string into Go struct field PodSpec.spec.hostNetwork of type bool',
    },
    {
      type: Pod,
      value: { metadata: { creationTimestamp: 1 } },
      want: 'number into Go struct field ObjectMeta.metadata.creationTimestamp of type string',
    },
    { type: Pod, value: [], want: 'array into Go value of type v1.Pod' },
    { type: Pod, value: 'x', want: 'string into Go value of type v1.Pod' },
    { type: Secret, value: { data: { a: 1 } }, want: 'number into Go struct field Secret.data of type []uint8' },
    { type: Secret, value: { data: 'x' }, want: 'string into Go struct field Secret.data of type map[string][]uint8' },
  ])('is refused: cannot unmarshal $want', ({ type, value, want }) => {
    const message = messageOf(type.typeName, value)
    expect(message).toBe(
      `${type.kind} in version "v1" cannot be handled as a ${type.kind}: json: cannot unmarshal ${want}`,
    )
  })

  it.each([
    {
      value: { spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } },
      want: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
    {
      value: { spec: { containers: [{ resources: { limits: { cpu: '1K' } } }] } },
      want: "unable to parse quantity's suffix",
    },
    {
      value: { spec: { containers: [{ resources: { limits: { cpu: {} } } }] } },
      want: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
    {
      value: { metadata: { creationTimestamp: 'now' } },
      want: 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    },
    {
      value: { metadata: { name: 1, creationTimestamp: 'now' } },
      want: 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    },
    {
      value: { spec: { containers: [{ livenessProbe: { httpGet: { port: true } } }] } },
      want: 'json: cannot unmarshal bool into Go struct field HTTPGetAction.spec.containers.livenessProbe.httpGet.port of type int32',
    },
  ])('is refused in the words of the reader of a field: $want', ({ value, want }) => {
    expect(messageOf('api.core.v1.Pod', value)).toBe(`Pod in version "v1" cannot be handled as a Pod: ${want}`)
  })

  it.each([
    ['YQ==', ''],
    ['YQ=\n=', ''],
    ['', ''],
    ['YQ', 'illegal base64 data at input byte 0'],
    ['YWFhYQ', 'illegal base64 data at input byte 4'],
    ['YQ=', 'illegal base64 data at input byte 3'],
    ['Y?==', 'illegal base64 data at input byte 1'],
  ])('holds bytes as base64: %j %s', (text, want) => {
    const message = messageOf('api.core.v1.Secret', { data: { a: text } })
    expect(message).toBe(want === '' ? '' : `Secret in version "v1" cannot be handled as a Secret: ${want}`)
  })

  it('carries the bare words as the cause of its refusal', () => {
    expect(() => decodeTyped(Deployment, { spec: { replicas: 'x' } })).toThrow(
      expect.objectContaining({
        code: 400,
        reason: 'BadRequest',
        cause: new Error(
          'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
        ),
      }),
    )
  })

  it('of a schema may be simpler in places', () => {
    const schema = {
      properties: { a: { items: { type: 'string' }, additionalProperties: false, dependencies: { b: ['c'] } } },
    }
    const crd = {
      spec: { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }] },
    }
    const type = 'apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition'
    expect(decodeTyped(type, crd)).toEqual({ object: crd, unknownFields: [] })
  })
})

describe('strict decoding', () => {
  it('says which fields are duplicate and which unknown', () => {
    expect(strictDecodingError(Deployment, ['spec.foo'], ['spec.replicas']).message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: duplicate field "spec.replicas", unknown field "spec.foo"',
    )
    expect(strictWarnings(['spec.foo'])).toEqual(['unknown field "spec.foo"'])
  })
})

describe('every type of the API', () => {
  it('takes whatever its fields allow, and leaves nothing out', () => {
    for (const name of typeNames()) {
      fc.assert(
        fc.property(valuesOf(name), (value) => {
          const { object, unknownFields } = decodeTyped(name, value)
          expect(unknownFields).toEqual([])
          expect(semanticEqual(withoutZeros(object), withoutZeros(value)), name).toBe(true)
        }),
        { numRuns: 5 },
      )
    }
  })

  it('takes or refuses any JSON, and takes again what it gave', () => {
    for (const name of typeNames()) {
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue({ maxDepth: 4 }), valuesOf(name)), (value) => {
          const once = decoded(name, value)
          if (once !== undefined && once !== null) expect(decoded(name, once)).toEqual(once)
        }),
        { numRuns: 5 },
      )
    }
  })
})

/** Zeros say nothing in most fields, and the test does not ask in which. */
function withoutZeros(value: unknown): unknown {
  const zero = (member: unknown) => member === '' || member === 0 || member === false
  return JSON.parse(JSON.stringify(value, (_, member) => (zero(member) ? undefined : member)))
}

function decoded(type: string, value: unknown): unknown {
  try {
    return decodeTyped(type, value).object
  } catch (error) {
    expect(error).toBeInstanceOf(StatusError)
    return undefined
  }
}

it('is of the type that its kind token names', () => {
  const object: KubeObject = decodeTyped(Pod, { metadata: { name: 'a' } }).object
  expect(object.metadata.name).toBe('a')
})

describe('numbers that are not written as integers', () => {
  const decode = (type: string, text: string) => decodeTyped(type, parseJSON(text, { literals: true }))

  it.each([
    ['{"spec":{"replicas":1.0}}', 'number 1.0 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['{"spec":{"replicas":1e3}}', 'number 1e3 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    ['{"spec":{"replicas":1.5}}', 'number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [
      '{"spec":{"replicas":99999999999999999999}}',
      'number 99999999999999999999 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      '{"metadata":{"generation":9223372036854775808}}',
      'number 9223372036854775808 into Go struct field ObjectMeta.metadata.generation of type int64',
    ],
    ['{"metadata":{"name":1.0}}', 'number into Go struct field ObjectMeta.metadata.name of type string'],
    ['{"metadata":1.0}', 'number into Go struct field Deployment.metadata of type v1.ObjectMeta'],
  ])('%s is refused', (text, want) => {
    expect(() => decode('api.apps.v1.Deployment', text)).toThrow(`json: cannot unmarshal ${want}`)
  })

  it('are quantities as they are written, and numbers where these belong', () => {
    const range = '{"spec":{"limits":[{"type":"Pod","max":{"cpu":1e3,"memory":1.50}}]}}'
    expect(decode('api.core.v1.LimitRange', range).object).toMatchObject({
      spec: { limits: [{ max: { cpu: '1e3', memory: '1500m' } }] },
    })
    const revision = '{"revision":1,"data":{"a":1.0,"b":[1e2,{"c":-0.5}]}}'
    expect(decode('api.apps.v1.ControllerRevision', revision).object).toMatchObject({
      data: { a: 1, b: [100, { c: -0.5 }] },
    })
  })
})
