import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { resources } from '@wherry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valuesOf } from '../../testing/values-of.ts'
import { decodeTyped } from '../typed/decode-typed.ts'
import { decodeProtobuf, encodeProtobuf, encodeWatchFrame, hasProtobufForm } from './protobuf.ts'
import { WireError, WireReader } from './wire.ts'

const golden = join(import.meta.dirname, '../../../../../shared/reference/kubernetes-1.36/golden')
const kinds = existsSync(golden)
  ? readdirSync(golden).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
  : []

describe.skipIf(kinds.length === 0)('the golden files (skipped where the reference folder is not there)', () => {
  it.each(kinds)('%s is encoded byte for byte and decoded to the same object', (kind) => {
    const object = JSON.parse(readFileSync(join(golden, `${kind}.json`), 'utf8'))
    const bytes = readFileSync(join(golden, `${kind}.pb`))
    expect(decodeProtobuf(bytes)).toEqual(object)
    expect(Buffer.from(encodeProtobuf(object)).equals(bytes)).toBe(true)
  })

  it.each(kinds)('%s damaged anywhere is decoded or refused, never anything else', (kind) => {
    const bytes = readFileSync(join(golden, `${kind}.pb`))
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = byte
        refusedOrDecoded(damaged)
      }),
      { numRuns: 20 },
    )
  })
})

function refusedOrDecoded(bytes: Uint8Array): void {
  try {
    decodeProtobuf(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(WireError)
  }
}

/** Objects within objects have no kind on the wire, unlike references; the golden files tell the two apart. */
function withoutKinds(value: unknown): unknown {
  const typed = (key: string, member: unknown) => typeof member === 'string' && (key === 'kind' || key === 'apiVersion')
  return JSON.parse(JSON.stringify(value, (key, member) => (typed(key, member) ? undefined : member)))
}

const configMap = {
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'a' },
  data: { b: '', c: 'ä😀' },
  binaryData: { k: 'AQI=' },
}

/** An envelope around the message of a kind, as client-go makes it. */
function envelope(apiVersion: string, kind: string, message: readonly number[]): Uint8Array {
  const text = (field: number, value: string) => [field * 8 + 2, value.length, ...Buffer.from(value)]
  const meta = [...text(1, apiVersion), ...text(2, kind)]
  return Uint8Array.from([0x6b, 0x38, 0x73, 0, 10, meta.length, ...meta, 18, message.length, ...message])
}

describe('a protobuf body', () => {
  it('round-trips', () => {
    expect(decodeProtobuf(encodeProtobuf(configMap))).toEqual(configMap)
  })

  it('round-trips for any object of any kind', () => {
    for (const { group, version, kind, typeName } of resources) {
      const apiVersion = group === '' ? version : `${group}/${version}`
      if (!hasProtobufForm(apiVersion, kind)) continue
      fc.assert(
        fc.property(valuesOf(typeName, 4), (value) => {
          const object = { ...decodeTyped(typeName, value).object, apiVersion, kind }
          expect(withoutKinds(decodeProtobuf(encodeProtobuf(object)))).toEqual(withoutKinds(object))
        }),
        { numRuns: 10 },
      )
    }
  })

  it('holds a schema, or what stands in its place', () => {
    const schema = {
      type: 'object',
      'x-kubernetes-list-type': 'atomic',
      additionalProperties: false,
      properties: {
        list: { items: [{ type: 'string' }, { $ref: '#/a' }] },
        map: { additionalProperties: { type: 'integer' }, items: { default: { a: 1 } } },
        open: { additionalProperties: true, dependencies: { a: ['b', 'c'], d: { required: ['e'] } } },
      },
    }
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }]
    const object = { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', spec: { versions } }
    const bytes = encodeProtobuf(object)
    expect(decodeProtobuf(bytes)).toEqual({ ...object, spec: { versions } })
    // additionalProperties { allows: false }
    expect(Buffer.from(bytes).includes(Buffer.from([0xf2, 1, 2, 8, 0]))).toBe(true)
    // additionalProperties { allows: true, schema { type: "integer" } }
    expect(Buffer.from(bytes).includes(Buffer.from([0xf2, 1, 13, 8, 1, 18, 9, 0x2a, 7]))).toBe(true)
  })

  it('may be a list, whose items have no kind of their own', () => {
    const list = {
      kind: 'PodList',
      apiVersion: 'v1',
      metadata: { resourceVersion: '7' },
      items: [{ metadata: { name: 'a' } }],
    }
    expect(decodeProtobuf(encodeProtobuf(list))).toEqual(list)
    const deployments = { ...list, kind: 'DeploymentList', apiVersion: 'apps/v1' }
    expect(decodeProtobuf(encodeProtobuf(deployments))).toEqual(deployments)
  })

  it('may hold integers beyond 2^53', () => {
    const pod = { kind: 'Pod', apiVersion: 'v1', spec: { activeDeadlineSeconds: 2n ** 63n - 1n, containers: [] } }
    expect(decodeProtobuf(encodeProtobuf(pod)).spec).toEqual({ activeDeadlineSeconds: 2n ** 63n - 1n })
  })

  it('has keys of maps whatever they are called', () => {
    const object = { ...configMap, data: JSON.parse('{"__proto__":"x","constructor":"y"}') }
    expect(JSON.stringify(decodeProtobuf(encodeProtobuf(object)).data)).toBe('{"__proto__":"x","constructor":"y"}')
  })

  it('does not tell unset fields from zeros, which client-go sends for them', () => {
    // metadata { name: "a", generateName: "", generation: 0, creationTimestamp: {} }, data { "k": <no value> }
    const metadata = [10, 1, 97, 18, 0, 56, 0, 66, 0]
    const body = envelope('v1', 'ConfigMap', [10, metadata.length, ...metadata, 18, 3, 10, 1, 107])
    expect(decodeProtobuf(body)).toEqual({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'a' },
      data: { k: '' },
    })
  })

  it('keeps zeros that are not the same as unset', () => {
    // spec { replicas: 0, strategy { type: "" }, paused: false, minReadySeconds: 0 }
    const spec = [8, 0, 34, 2, 10, 0, 56, 0, 40, 0]
    expect(decodeProtobuf(envelope('apps/v1', 'Deployment', [18, spec.length, ...spec]))).toEqual({
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      spec: { replicas: 0, strategy: {} },
    })
  })

  it.each([
    { name: 'no prefix', bytes: Buffer.from('{}'), want: 'expected prefix' },
    { name: 'an unknown kind', bytes: envelope('v1', 'X', []), want: 'no kind "X" is registered for version "v1"' },
    {
      name: 'a wrong wire type',
      bytes: envelope('v1', 'ConfigMap', [8, 1]),
      want: 'proto: wrong wireType = 0 for field Metadata',
    },
    { name: 'a length beyond the end', bytes: envelope('v1', 'ConfigMap', [10, 100]), want: 'unexpected EOF' },
    {
      name: 'an endless number',
      bytes: envelope('v1', 'ConfigMap', Array(11).fill(255)),
      want: 'proto: integer overflow',
    },
    {
      name: 'field number zero',
      bytes: envelope('v1', 'ConfigMap', [2, 0]),
      want: 'proto: illegal tag 0 (wire type 2)',
    },
    {
      name: 'JSON that is none in a raw field',
      bytes: envelope('apps/v1', 'ControllerRevision', [18, 3, 10, 1, 123]),
      want: 'unexpected end of JSON input',
    },
  ])('with $name is refused', ({ bytes, want }) => {
    expect(() => decodeProtobuf(bytes)).toThrow(WireError)
    expect(() => decodeProtobuf(bytes)).toThrow(want)
  })

  it('holds another body in a raw field', () => {
    const inner = encodeProtobuf(configMap)
    const revision = { kind: 'ControllerRevision', apiVersion: 'apps/v1', data: inner, revision: 1 }
    expect(decodeProtobuf(encodeProtobuf(revision))).toEqual({ ...revision, data: configMap })
  })

  it('within a body within a body comes to an end', () => {
    let body = encodeProtobuf(configMap)
    for (let i = 0; i < 200; i++) {
      body = encodeProtobuf({ kind: 'ControllerRevision', apiVersion: 'apps/v1', data: body })
    }
    expect(() => decodeProtobuf(body)).toThrow('proto: message is nested too deeply')
  })

  it('cut short or damaged anywhere is decoded or refused, never anything else', () => {
    const bytes = encodeProtobuf(configMap)
    fc.assert(
      fc.property(fc.nat(bytes.length), fc.nat(bytes.length - 1), fc.nat(255), (length, at, byte) => {
        const damaged = bytes.slice(0, length)
        if (at < length) damaged[at] = byte
        refusedOrDecoded(damaged)
      }),
      { numRuns: 500 },
    )
  })

  it('that is no object of its kind is refused', () => {
    expect(() => encodeProtobuf({ kind: 'ConfigMap', apiVersion: 'v1', metadata: 'x' })).toThrow(WireError)
    expect(() => encodeProtobuf({ kind: 'Foo', apiVersion: 'example.com/v1' })).toThrow(
      'no protobuf form for example.com/v1, Kind=Foo',
    )
  })
})

describe('a frame of a protobuf watch', () => {
  it('is its length, the type and the encoded object', () => {
    const frame = encodeWatchFrame('ADDED', encodeProtobuf(configMap))
    expect(Buffer.from(frame).readUInt32BE(0)).toBe(frame.length - 4)
    const reader = new WireReader(frame.subarray(4))
    expect(reader.tag()).toBe(10)
    expect(reader.string()).toBe('ADDED')
    expect(reader.tag()).toBe(18)
    const object = reader.message(() => {
      reader.tag()
      return reader.bytes()
    })
    expect(decodeProtobuf(object)).toEqual(configMap)
  })
})
