import type { StorageEvent } from './storage.ts'

/**
 * How a store lies in its database:
 *
 *     m!compacted        the revision up to which history is forgotten
 *     o!<key>            the revision of the key's last write, while the key exists
 *     e!<revision>       that write: the key, the revision that it replaced, and the value
 *
 * A value is written once, under its revision; history and the present share it.
 */
export const compactedKey = 'm!compacted'
export const objectKey = (key: string): string => `o!${key}`
/** Revisions in an order that text keeps. */
export const eventKey = (revision: number): string => `e!${String(revision).padStart(16, '0')}`
export const revisionOfKey = (key: string): number => Number(key.slice(2))

export function encodeRevision(revision: number): Buffer {
  const record = Buffer.allocUnsafe(8)
  record.writeBigUInt64BE(BigInt(revision))
  return record
}

export function decodeRevision(record: Uint8Array): number {
  return Number(bufferOf(record).readBigUInt64BE())
}

/** Type, replaced revision, length of the key, key, value. */
const headSize = 1 + 8 + 4

export function encodeEvent({ type, key, previousRevision, value }: StorageEvent): Buffer {
  const keySize = Buffer.byteLength(key)
  const record = Buffer.allocUnsafe(headSize + keySize + (value?.length ?? 0))
  record.writeUInt8(type === 'put' ? 1 : 0, 0)
  record.writeBigUInt64BE(BigInt(previousRevision), 1)
  record.writeUInt32BE(keySize, 9)
  record.write(key, headSize)
  if (value) record.set(value, headSize + keySize)
  return record
}

export function decodeEvent(revision: number, record: Uint8Array): StorageEvent {
  const bytes = bufferOf(record)
  const type = bytes.readUInt8(0) === 1 ? 'put' : 'delete'
  const previousRevision = Number(bytes.readBigUInt64BE(1))
  const valueAt = headSize + bytes.readUInt32BE(9)
  const key = bytes.toString('utf8', headSize, valueAt)
  return { type, key, revision, previousRevision, ...(type === 'put' ? { value: bytes.subarray(valueAt) } : {}) }
}

function bufferOf(record: Uint8Array): Buffer {
  return Buffer.from(record.buffer, record.byteOffset, record.byteLength)
}
