import { blockSize, decodeHeader, decodePax, paddingOf, type TarHeader } from './tar-format.ts'

/** An entry of an archive that is being read; its content must be read before the next entry. */
export interface TarEntry {
  header: TarHeader
  content: AsyncIterable<Buffer>
}

/** The entries of an archive as they come. Reads ustar, pax and GNU's long names. Throws for a broken archive. */
export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const bytes = new ByteReader(source)
  let pax: Record<string, string> = {}
  let longName: string | undefined
  let longLink: string | undefined
  for (;;) {
    const head = await bytes.take(blockSize)
    if (!head) return
    const header = decodeHeader(head)
    if (!header) {
      await bytes.drain()
      return
    }
    const { flag, ...entry } = header
    if ('xgLK'.includes(flag) && flag !== '') {
      const body = await whole(bytes, entry.size)
      if (flag === 'x') pax = decodePax(body)
      if (flag === 'L') longName = body.toString('utf8').replace(/\0.*$/s, '')
      if (flag === 'K') longLink = body.toString('utf8').replace(/\0.*$/s, '')
      continue
    }
    const size = pax.size === undefined ? entry.size : Number(pax.size)
    const name = pax.path ?? longName ?? entry.name
    const linkName = pax.linkpath ?? longLink ?? entry.linkName
    pax = {}
    longName = undefined
    longLink = undefined
    const content = contentOf(bytes, size)
    yield { header: { ...entry, name, linkName, size }, content }
    // What nobody has read is passed over.
    for await (const _chunk of content);
    await bytes.skip(paddingOf(size))
  }
}

async function whole(bytes: ByteReader, size: number): Promise<Buffer> {
  const body = await bytes.take(size)
  if (!body) throw new Error('unexpected EOF')
  await bytes.skip(paddingOf(size))
  return body
}

async function* contentOf(bytes: ByteReader, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const chunk = await bytes.some(left)
    if (!chunk) throw new Error('unexpected EOF')
    left -= chunk.length
    yield chunk
  }
}

/** Reads a stream of chunks by counts of bytes. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** At least one byte and at most so many; undefined at the end. */
  async some(limit: number): Promise<Buffer | undefined> {
    if (this.#rest.length === 0 && !(await this.#more())) return undefined
    const part = this.#rest.subarray(0, limit)
    this.#rest = this.#rest.subarray(part.length)
    return part
  }

  /** Exactly so many bytes; undefined where the stream ends before the first of them. */
  async take(count: number): Promise<Buffer | undefined> {
    while (this.#rest.length < count) {
      if (await this.#more()) continue
      if (this.#rest.length === 0) return undefined
      throw new Error('unexpected EOF')
    }
    const part = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return part
  }

  async skip(count: number): Promise<void> {
    if (count > 0) await this.take(count)
  }

  async drain(): Promise<void> {
    while (await this.#more()) this.#rest = Buffer.alloc(0)
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next()
    if (done) return false
    this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value])
    return true
  }
}
