import { createInflate } from 'node:zlib'
import { spdyDictionary } from './dictionary.ts'
import { words } from './frames.ts'

/** Names are in lower case; a name may have several values. */
export type SpdyHeaders = ReadonlyMap<string, readonly string[]>

export function headerValue(headers: SpdyHeaders, name: string): string {
  return headers.get(name.toLowerCase())?.[0] ?? ''
}

/** Undefined while the block is not complete. */
function parseBlock(block: Buffer): SpdyHeaders | undefined {
  const headers = new Map<string, readonly string[]>()
  let at = 0
  const number = () => {
    if (block.length < at + 4) return undefined
    at += 4
    return block.readUInt32BE(at - 4)
  }
  const text = () => {
    const length = number()
    if (length === undefined || block.length < at + length) return undefined
    at += length
    return block.toString('utf8', at - length, at)
  }
  const count = number()
  if (count === undefined) return undefined
  for (let n = 0; n < count; n++) {
    const name = text()
    const value = name === undefined ? undefined : text()
    if (name === undefined || value === undefined) return undefined
    headers.set(name.toLowerCase(), value.split('\0'))
  }
  return headers
}

/** Uncompresses the header blocks of one direction of a connection; they share one stream of zlib. */
export class HeaderDecoder {
  readonly #inflate = createInflate({ dictionary: spdyDictionary })

  /** One block at a time. */
  decode(compressed: Buffer): Promise<SpdyHeaders> {
    return new Promise((resolve, reject) => {
      let block = Buffer.alloc(0)
      const onData = (chunk: Buffer) => {
        block = Buffer.concat([block, chunk])
        const headers = parseBlock(block)
        if (!headers) return
        finish()
        resolve(headers)
      }
      const onError = (error: Error) => {
        finish()
        reject(error)
      }
      const finish = () => this.#inflate.off('data', onData).off('error', onError)
      this.#inflate.on('data', onData).once('error', onError)
      this.#inflate.write(compressed)
    })
  }

  close(): void {
    this.#inflate.close()
  }
}

/** An empty stored block: Go's reader hands out what it has only when it meets one. */
const syncFlush = Buffer.from([0, 0, 0, 0xff, 0xff])

/**
 * Writes the header blocks of one direction as stored blocks of zlib: the few names that a kubelet sends are not worth a
 * compressor's memory.
 */
export class HeaderEncoder {
  #begun = false

  encode(headers: Readonly<Record<string, string>>): Buffer {
    const entries = Object.entries(headers)
    const text = (value: string) => [words(Buffer.byteLength(value)), Buffer.from(value)]
    const block = Buffer.concat([
      words(entries.length),
      ...entries.flatMap(([name, value]) => [...text(name.toLowerCase()), ...text(value)]),
    ])
    const head = Buffer.alloc(5)
    head.writeUInt16LE(block.length, 1)
    head.writeUInt16LE(~block.length & 0xffff, 3)
    const stored = Buffer.concat([head, block, syncFlush])
    if (this.#begun) return stored
    this.#begun = true
    // Deflate with a preset dictionary, which is named by its checksum.
    return Buffer.concat([Buffer.from([0x78, 0xbb]), words(adler32(spdyDictionary)), stored])
  }
}

function adler32(bytes: Buffer): number {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return b * 65536 + a
}
