import { Duplex } from 'node:stream'
import { controlFrame, dataHead, flagFin, type Frame, frameType, readFrames, rstStatus, words } from './frames.ts'
import { HeaderDecoder, HeaderEncoder, type SpdyHeaders } from './headers.ts'

/** A stream that the client has opened. Ending it leaves the other direction open. */
export interface SpdyStream {
  readonly id: number
  readonly headers: SpdyHeaders
  readonly duplex: Duplex
}

export interface SpdyConnectionOptions {
  transport: Duplex
  /** Answers a new stream: true accepts it. */
  accept: (stream: SpdyStream) => boolean
}

const maxStreamId = 0x7fffffff

/**
 * The server's side of a SPDY/3.1 connection, as moby/spdystream speaks it: the client opens all streams, and nobody
 * keeps windows. A stream that is not read stops the whole connection.
 */
export class SpdyConnection {
  readonly #transport: Duplex
  readonly #accept: (stream: SpdyStream) => boolean
  readonly #decoder = new HeaderDecoder()
  readonly #encoder = new HeaderEncoder()
  readonly #streams = new Map<number, Duplex>()
  readonly #resume = new Map<number, () => void>()
  #lastStreamId = 0

  constructor({ transport, accept }: SpdyConnectionOptions) {
    this.#transport = transport
    this.#accept = accept
  }

  /** Resolves when the connection is over; its streams are destroyed then. Rejects when the client breaks the protocol. */
  async run(): Promise<void> {
    this.#transport.on('error', () => this.#transport.destroy())
    // Every stream may wait for it to drain.
    this.#transport.setMaxListeners(0)
    try {
      for await (const frame of readFrames(this.#transport)) await this.#handle(frame)
    } catch (error) {
      if (!this.#transport.destroyed) throw error
    } finally {
      for (const duplex of this.#streams.values()) duplex.destroy()
      this.#streams.clear()
      this.#decoder.close()
      this.#transport.destroy()
    }
  }

  /** Ends the connection once everything has been written. */
  close(): void {
    this.#send(controlFrame(frameType.goAway, 0, words(this.#lastStreamId, 0)))
    this.#transport.end()
    for (const resume of this.#resume.values()) resume()
  }

  async #handle(frame: Frame): Promise<void> {
    if (frame.kind === 'data') return this.#data(frame.streamId, frame.data, frame.fin)
    const { type, flags, payload } = frame
    if (type === frameType.synStream) await this.#synStream(payload, (flags & flagFin) !== 0)
    else if (type === frameType.synReply || type === frameType.headers) await this.#decoder.decode(payload.subarray(4))
    else if (type === frameType.rstStream) this.#streams.get(payload.readUInt32BE(0) & maxStreamId)?.destroy()
    else if (type === frameType.ping) this.#send(controlFrame(frameType.ping, 0, payload))
  }

  async #synStream(payload: Buffer, fin: boolean): Promise<void> {
    const id = payload.readUInt32BE(0) & maxStreamId
    const headers = await this.#decoder.decode(payload.subarray(10))
    this.#lastStreamId = Math.max(this.#lastStreamId, id)
    const duplex = this.#newDuplex(id)
    if (!this.#accept({ id, headers, duplex })) {
      this.#send(controlFrame(frameType.rstStream, 0, words(id, rstStatus.refusedStream)))
      duplex.destroy()
      return
    }
    this.#streams.set(id, duplex)
    this.#send(controlFrame(frameType.synReply, 0, Buffer.concat([words(id), this.#encoder.encode({})])))
    if (fin) duplex.push(null)
  }

  /** Resolves when the stream takes more. */
  async #data(id: number, data: Buffer, fin: boolean): Promise<void> {
    const duplex = this.#streams.get(id)
    if (!duplex || duplex.destroyed) return
    const hasRoom = data.length === 0 || duplex.push(data)
    if (fin) duplex.push(null)
    if (hasRoom || fin) return
    await new Promise<void>((resolve) => {
      this.#resume.set(id, resolve)
      duplex.once('close', resolve)
    })
    this.#resume.delete(id)
  }

  #newDuplex(id: number): Duplex {
    return new Duplex({
      allowHalfOpen: true,
      read: () => this.#resume.get(id)?.(),
      write: (chunk: Buffer, _encoding, done) => {
        this.#send(dataHead(id, false, chunk.length))
        if (this.#send(chunk)) done()
        else this.#transport.once('drain', done)
      },
      final: (done) => {
        this.#send(dataHead(id, true, 0))
        done()
      },
      destroy: (error, done) => {
        this.#streams.delete(id)
        done(error)
      },
    })
  }

  /** True when there is room for more. */
  #send(bytes: Buffer): boolean {
    return this.#transport.writable ? this.#transport.write(bytes) : true
  }
}
