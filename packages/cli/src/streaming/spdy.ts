import { Duplex } from 'node:stream'

const version = 0x8003
const type = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7 } as const
const flagFin = 1
const maxStreamId = 0x7fffffff
/** The checksum of SPDY/3's preset dictionary, which names it in zlib's header. */
const dictionaryId = 0xe3c6a7c2

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, at) => {
    bytes.writeUInt32BE(value >>> 0, at * 4)
  })
  return bytes
}

function controlFrame(kind: number, flags: number, payload: Buffer): Buffer {
  return Buffer.concat([words(((version << 16) | kind) >>> 0, ((flags << 24) | payload.length) >>> 0), payload])
}

/**
 * The client's side of a SPDY/3.1 connection as Kubernetes uses it: the client opens all streams, nobody keeps windows, and what
 * the server says in headers does not matter. A stream that is not read stops the whole connection.
 */
export class SpdyClient {
  readonly #transport: Duplex
  readonly #streams = new Map<number, Duplex>()
  readonly #resume = new Map<number, () => void>()
  readonly #opened = new Map<number, (error?: Error) => void>()
  #nextId = 1
  #headersBegun = false
  #closing = false

  constructor(transport: Duplex) {
    this.#transport = transport
    transport.setMaxListeners(0)
  }

  /** Reads frames until the connection ends; all streams are destroyed then. */
  async run(): Promise<void> {
    let rest = Buffer.alloc(0)
    try {
      for await (const chunk of this.#transport) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
        while (rest.length >= 8) {
          const length = rest.readUInt32BE(4) & 0xffffff
          if (rest.length < 8 + length) break
          await this.#frame(rest.subarray(0, 8), rest.subarray(8, 8 + length))
          rest = rest.subarray(8 + length)
        }
      }
    } catch (error) {
      if (!this.#closing) throw error
    } finally {
      const lost = new Error('lost connection to pod')
      for (const opened of this.#opened.values()) opened(lost)
      for (const stream of this.#streams.values()) stream.destroy()
      this.#streams.clear()
      this.#transport.destroy()
    }
  }

  /** Opens a stream with these headers; resolves when the server has accepted it. */
  async open(headers: Readonly<Record<string, string>>): Promise<Duplex> {
    const id = this.#nextId
    this.#nextId += 2
    const stream = this.#newDuplex(id)
    this.#streams.set(id, stream)
    const accepted = new Promise<void>((resolve, reject) => {
      this.#opened.set(id, (error) => (error ? reject(error) : resolve()))
    })
    const payload = Buffer.concat([words(id, 0), Buffer.alloc(2), this.#encode(headers)])
    this.#transport.write(controlFrame(type.synStream, 0, payload))
    await accepted
    return stream
  }

  /** Ends the connection once everything has been written. */
  close(): void {
    this.#closing = true
    this.#transport.write(controlFrame(type.goAway, 0, words(0, 0)))
    // Whatever the server still has to say does not matter any more.
    this.#transport.end(() => this.#transport.destroy())
    for (const resume of this.#resume.values()) resume()
  }

  async #frame(head: Buffer, payload: Buffer): Promise<void> {
    const first = head.readUInt32BE(0)
    const fin = ((head[4] ?? 0) & flagFin) !== 0
    if (first >>> 31 === 0) {
      await this.#data(first & maxStreamId, payload, fin)
      return
    }
    const kind = first & 0xffff
    if (kind === type.ping) {
      this.#transport.write(controlFrame(type.ping, 0, payload))
      return
    }
    const id = payload.length >= 4 ? payload.readUInt32BE(0) & maxStreamId : 0
    if (kind === type.synReply) this.#settle(id)
    if (kind === type.rstStream) {
      this.#settle(id, new Error('the server refused the stream'))
      this.#streams.get(id)?.destroy()
    }
    if (kind === type.synReply && fin) this.#streams.get(id)?.push(null)
  }

  #settle(id: number, error?: Error): void {
    this.#opened.get(id)?.(error)
    this.#opened.delete(id)
  }

  /** Resolves when the stream takes more. */
  async #data(id: number, data: Buffer, fin: boolean): Promise<void> {
    const stream = this.#streams.get(id)
    if (!stream || stream.destroyed) return
    const hasRoom = data.length === 0 || stream.push(data)
    if (fin) stream.push(null)
    if (hasRoom || fin) return
    await new Promise<void>((resolve) => {
      this.#resume.set(id, resolve)
      stream.once('close', resolve)
    })
    this.#resume.delete(id)
  }

  #newDuplex(id: number): Duplex {
    return new Duplex({
      allowHalfOpen: true,
      read: () => this.#resume.get(id)?.(),
      write: (chunk: Buffer, _encoding, done) => {
        const frame = Buffer.concat([words(id, chunk.length), chunk])
        if (this.#transport.write(frame)) done()
        else this.#transport.once('drain', done)
      },
      final: (done) => {
        if (this.#transport.writable) this.#transport.write(words(id, (flagFin << 24) >>> 0))
        done()
      },
      destroy: (error, done) => {
        this.#streams.delete(id)
        done(error)
      },
    })
  }

  /** Header blocks are stored rather than compressed, which zlib allows: the few names are not worth a compressor. */
  #encode(headers: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(headers)
    const text = (value: string) => [words(Buffer.byteLength(value)), Buffer.from(value)]
    const block = Buffer.concat([
      words(entries.length),
      ...entries.flatMap(([name, value]) => [...text(name.toLowerCase()), ...text(value)]),
    ])
    const head = Buffer.alloc(5)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(~block.length & 0xffff, 3)
    const stored = Buffer.concat([head, block])
    if (this.#headersBegun) return stored
    this.#headersBegun = true
    return Buffer.concat([Buffer.from([0x78, 0xbb]), words(dictionaryId), stored])
  }
}
