import type { StorageEvent } from './storage.ts'

/** Key of an event: revisions in an order that text keeps. */
export const eventKey = (revision: number): string => `e!${String(revision).padStart(16, '0')}`
export const objectKey = (key: string): string => `o!${key}`
export const compactedKey = 'm!compacted'

/** An object's record: eight bytes of revision, then the value. */
export function encodeObject(revision: number, value: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(8 + value.length)
  record.writeBigUInt64BE(BigInt(revision), 0)
  record.set(value, 8)
  return record
}

export function decodeObject(record: Uint8Array): { revision: number; value: Uint8Array } {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  return { revision: Number(bytes.readBigUInt64BE(0)), value: bytes.subarray(8) }
}

/** An event's record: a line of JSON with the sizes, then the new and the previous value. */
export function encodeEvent(event: StorageEvent): Buffer {
  const { type, key, revision, value, previous } = event
  const head = { type, key, revision, size: value?.length, previousRevision: previous?.revision }
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    ...(value ? [value] : []),
    ...(previous ? [previous.value] : []),
  ])
}

export function decodeEvent(record: Uint8Array): StorageEvent {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  const split = bytes.indexOf(10)
  const head = JSON.parse(bytes.subarray(0, split).toString('utf8'))
  const rest = bytes.subarray(split + 1)
  const size = head.size ?? 0
  const event: StorageEvent = { type: head.type, key: head.key, revision: head.revision }
  if (head.size !== undefined) event.value = rest.subarray(0, size)
  if (head.previousRevision !== undefined) {
    event.previous = { key: head.key, value: rest.subarray(size), revision: head.previousRevision }
  }
  return event
}
