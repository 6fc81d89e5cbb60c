import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeProtobuf, encodeProtobuf } from './protobuf.ts'
import { WireError } from './wire.ts'

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
})

describe('a protobuf body', () => {
  const configMap = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'a' },
    data: { __proto__key: 'x', b: '' },
    binaryData: { k: 'AQI=' },
  }

  it('round-trips', () => {
    expect(decodeProtobuf(encodeProtobuf(configMap))).toEqual(configMap)
  })

  it.each([
    { name: 'no prefix', bytes: Buffer.from('{}'), want: 'expected prefix' },
    {
      name: 'an unknown kind',
      bytes: Buffer.from('k8s\0\x0a\x07\x0a\x02v1\x12\x01X', 'latin1'),
      want: 'no kind "X" is registered for version "v1"',
    },
  ])('with $name is refused', ({ bytes, want }) => {
    expect(() => decodeProtobuf(bytes)).toThrow(want)
  })

  it('cut short anywhere is decoded or refused, never anything else', () => {
    const bytes = encodeProtobuf(configMap)
    fc.assert(
      fc.property(fc.nat(bytes.length), (length) => {
        try {
          decodeProtobuf(bytes.subarray(0, length))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})
