import { Duplex } from 'node:stream'
import { createInflate } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { SpdyClient } from './spdy.ts'

/** Two ends of one connection. */
function pair(): [Duplex, Duplex] {
  const ends: Duplex[] = []
  for (const other of [1, 0]) {
    ends.push(
      new Duplex({
        allowHalfOpen: true,
        read() {},
        write(chunk, _encoding, done) {
          ends[other]?.push(chunk)
          done()
        },
        final(done) {
          ends[other]?.push(null)
          done()
        },
      }),
    )
  }
  const [left, right] = ends
  if (!left || !right) throw new Error('unreachable')
  return [left, right]
}

interface Frame {
  head: Buffer
  payload: Buffer
}

async function* frames(end: Duplex): AsyncGenerator<Frame> {
  let rest = Buffer.alloc(0)
  for await (const chunk of end) {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 8 && rest.length >= 8 + (rest.readUInt32BE(4) & 0xffffff)) {
      const length = rest.readUInt32BE(4) & 0xffffff
      yield { head: rest.subarray(0, 8), payload: rest.subarray(8, 8 + length) }
      rest = rest.subarray(8 + length)
    }
  }
}

const control = (type: number, payload: Buffer) => {
  const head = Buffer.alloc(8)
  head.writeUInt16BE(0x8003, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt32BE(payload.length, 4)
  return Buffer.concat([head, payload])
}
const data = (id: number, text: string, fin = false) => {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(id, 0)
  head.writeUInt32BE((fin ? 0x01000000 : 0) + text.length, 4)
  return Buffer.concat([head, Buffer.from(text)])
}
const word = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** A server that accepts every stream and sends back what it gets, to the end. */
async function echo(end: Duplex, seen: Buffer[]): Promise<void> {
  for await (const { head, payload } of frames(end)) {
    if (head.readUInt16BE(0) === 0x8003) {
      if (head.readUInt16BE(2) !== 1) continue
      seen.push(payload)
      end.write(control(2, payload.subarray(0, 4)))
    } else end.write(data(head.readUInt32BE(0), payload.toString(), (head[4] ?? 0) === 1))
  }
}

describe('a SPDY client', () => {
  it('opens streams with odd numbers, and carries bytes both ways until each side ends', async () => {
    const [near, far] = pair()
    const seen: Buffer[] = []
    const serving = echo(far, seen)
    const client = new SpdyClient(near)
    const running = client.run()
    const first = await client.open({ streamtype: 'error', port: '80' })
    const second = await client.open({ streamtype: 'data', port: '80' })
    second.end('hello')
    const chunks: Buffer[] = []
    for await (const chunk of second) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('hello')
    expect(seen.map((payload) => payload.readUInt32BE(0))).toEqual([1, 3])
    first.destroy()
    client.close()
    await Promise.all([running, serving])
  })

  it('writes headers that zlib reads', async () => {
    const [near, far] = pair()
    const seen: Buffer[] = []
    const serving = echo(far, seen)
    const client = new SpdyClient(near)
    const running = client.run()
    await client.open({ StreamType: 'data' })
    const compressed = seen[0]?.subarray(10) ?? Buffer.alloc(0)
    // The dictionary itself is not used: only its checksum must be named, which zlib asks for as "need dictionary".
    const inflate = createInflate()
    const error = await new Promise<Error>((resolve) => inflate.once('error', resolve).write(compressed))
    expect(error.message).toBe('Missing dictionary')
    expect(compressed.subarray(2, 6).toString('hex')).toBe('e3c6a7c2')
    expect(compressed.subarray(11).toString('latin1')).toContain('streamtype')
    client.close()
    await Promise.all([running, serving])
  })

  it('answers pings and fails streams that are refused or whose connection ends', async () => {
    const [near, far] = pair()
    const client = new SpdyClient(near)
    const running = client.run()
    const pongs: Frame[] = []
    const serving = (async () => {
      for await (const frame of frames(far)) {
        const type = frame.head.readUInt16BE(2)
        if (type === 6) pongs.push(frame)
        if (type === 1 && pongs.length === 0) {
          far.write(control(6, word(9)))
          far.write(control(3, Buffer.concat([frame.payload.subarray(0, 4), word(3)])))
        } else if (type === 1) far.end()
      }
    })()
    await expect(client.open({ port: '1' })).rejects.toThrow('the server refused the stream')
    await expect(client.open({ port: '2' })).rejects.toThrow('lost connection to pod')
    expect(pongs[0]?.payload.readUInt32BE(0)).toBe(9)
    await running
    far.destroy()
    await serving.catch(() => undefined)
  })
})
