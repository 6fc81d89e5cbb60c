import { Writable } from 'node:stream'

/** Collects what is written, up to a limit; the rest is dropped. */
export class OutputBuffer extends Writable {
  readonly #chunks: Buffer[] = []
  readonly #limit: number
  #size = 0

  constructor(limit: number) {
    super()
    this.#limit = limit
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const room = this.#limit - this.#size
    if (room > 0) {
      this.#chunks.push(chunk.subarray(0, room))
      this.#size += Math.min(room, chunk.length)
    }
    callback()
  }

  content(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}
