import type { Duplex } from 'node:stream'
import { constants, createDeflate, createInflate } from 'node:zlib'
import { spdyDictionary } from '../src/streaming/spdy/dictionary.ts'
import { controlFrame, dataHead, flagFin, frameType, readFrames, words } from '../src/streaming/spdy/frames.ts'
import { eventually } from './eventually.ts'

interface ClientStream {
  replied: boolean
  refused: boolean
  data: Buffer
  ended: boolean
}

/** The client's side of a SPDY connection, for tests; compresses its headers, and checks that the server's can be read. */
export class SpdyClient {
  readonly #transport: Duplex
  readonly #deflate = createDeflate({ dictionary: spdyDictionary })
  readonly #inflate = createInflate({ dictionary: spdyDictionary })
  readonly #streams = new Map<number, ClientStream>()
  #nextId = 1
  readonly closed: Promise<void>

  constructor(transport: Duplex) {
    this.#transport = transport
    // A connection that is destroyed ends as well.
    this.closed = this.#read().catch(() => undefined)
  }

  /** Opens a stream; resolves with its id once the server has answered. */
  async open(headers: Record<string, string>): Promise<number> {
    const id = this.#nextId
    this.#nextId += 2
    const stream: ClientStream = { replied: false, refused: false, data: Buffer.alloc(0), ended: false }
    this.#streams.set(id, stream)
    const block = await this.#compress(headers)
    const payload = Buffer.concat([words(id, 0), Buffer.from([0, 0]), block])
    this.#transport.write(controlFrame(frameType.synStream, 0, payload))
    await eventually(() => stream.replied || stream.refused)
    if (stream.refused) throw new Error('the stream was refused')
    return id
  }

  send(id: number, data: string | Buffer): void {
    const bytes = Buffer.from(data)
    this.#transport.write(dataHead(id, false, bytes.length))
    this.#transport.write(bytes)
  }

  end(id: number): void {
    this.#transport.write(dataHead(id, true, 0))
  }

  received(id: number): Buffer {
    return this.#streams.get(id)?.data ?? Buffer.alloc(0)
  }

  /** Everything that a stream brings until its end. */
  async whole(id: number): Promise<Buffer> {
    await eventually(() => this.#streams.get(id)?.ended)
    return this.received(id)
  }

  close(): void {
    this.#transport.destroy()
  }

  async #compress(headers: Record<string, string>): Promise<Buffer> {
    const text = (value: string) => [words(Buffer.byteLength(value)), Buffer.from(value)]
    const entries = Object.entries(headers)
    const block = [words(entries.length), ...entries.flatMap(([name, value]) => [...text(name), ...text(value)])]
    const chunks: Buffer[] = []
    const onData = (chunk: Buffer) => chunks.push(chunk)
    this.#deflate.on('data', onData)
    this.#deflate.write(Buffer.concat(block))
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    this.#deflate.off('data', onData)
    return Buffer.concat(chunks)
  }

  async #read(): Promise<void> {
    for await (const frame of readFrames(this.#transport)) {
      if (frame.kind === 'data') {
        const stream = this.#streams.get(frame.streamId)
        if (!stream) continue
        stream.data = Buffer.concat([stream.data, frame.data])
        stream.ended ||= frame.fin
      } else if (frame.type === frameType.synReply) {
        const block = frame.payload.subarray(4)
        await new Promise<void>((resolve, reject) => {
          this.#inflate.once('error', reject)
          this.#inflate.once('data', () => resolve())
          this.#inflate.write(block)
        })
        const stream = this.#streams.get(frame.payload.readUInt32BE(0))
        if (stream) stream.replied = true
        if (stream && (frame.flags & flagFin) !== 0) stream.ended = true
      } else if (frame.type === frameType.rstStream) {
        const stream = this.#streams.get(frame.payload.readUInt32BE(0))
        if (stream) stream.refused = true
      }
    }
  }
}
