/** SPDY/3.1 on the wire, as far as Kubernetes uses it. (SPDY Protocol, Draft 3.1, section 2.2) */

export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const

export const flagFin = 1

export const rstStatus = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, internalError: 6 } as const

export type Frame =
  | { kind: 'data'; streamId: number; fin: boolean; data: Buffer }
  | { kind: 'control'; type: number; flags: number; payload: Buffer }

const headSize = 8
const version = 3

/** A connection that sends more than this in one frame is not one of a Kubernetes client. */
const maxPayload = 16 * 1024 * 1024 - 1

/** The frames of a byte stream, in order; throws for what is no SPDY/3. Reads no further than its consumer asks. */
export async function* readFrames(source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of source) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let at = 0
    while (held.length - at >= headSize) {
      const length = held.readUInt32BE(at + 4) & maxPayload
      if (held.length - at < headSize + length) break
      yield parseFrame(held.subarray(at, at + headSize + length))
      at += headSize + length
    }
    held = held.subarray(at)
  }
}

function parseFrame(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0)
  const flags = bytes.readUInt8(4)
  const payload = bytes.subarray(headSize)
  if (first < 0x80000000) return { kind: 'data', streamId: first, fin: (flags & flagFin) !== 0, data: payload }
  if (((first >>> 16) & 0x7fff) !== version) throw new Error('not a SPDY/3 frame')
  return { kind: 'control', type: first & 0xffff, flags, payload }
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(headSize)
  head.writeUInt32BE((0x80000000 + version * 0x10000 + type) >>> 0, 0)
  head.writeUInt32BE(((flags << 24) | payload.length) >>> 0, 4)
  return Buffer.concat([head, payload])
}

/** The head of a data frame; its data follows. */
export function dataHead(streamId: number, fin: boolean, length: number): Buffer {
  const head = Buffer.alloc(headSize)
  head.writeUInt32BE(streamId, 0)
  head.writeUInt32BE((((fin ? flagFin : 0) << 24) | length) >>> 0, 4)
  return head
}

/** Numbers of 32 bits, one after the other. */
export function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, index * 4)
  return bytes
}
