/** Neighbouring keys with their values, in order. A chunk may belong to several maps until one of them writes to it. */
interface Chunk<V> {
  owner: object
  keys: string[]
  values: V[]
}

const maxChunk = 256

/**
 * A map from text to values that keeps its keys in the order of their UTF-8 bytes, as etcd does. A snapshot costs one
 * reference a chunk: chunks are shared, and copied by whichever map writes to them next.
 */
export class SortedMap<V> {
  #owner: object = {}
  #chunks: Chunk<V>[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): V | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)]
    if (!chunk) return undefined
    const at = lowerBound(chunk.keys, key)
    return chunk.keys[at] === key ? chunk.values[at] : undefined
  }

  set(key: string, value: V): void {
    if (this.#chunks.length === 0) this.#chunks.push({ owner: this.#owner, keys: [], values: [] })
    const index = this.#chunkOf(key)
    const chunk = this.#own(index)
    const at = lowerBound(chunk.keys, key)
    if (chunk.keys[at] === key) {
      chunk.values[at] = value
      return
    }
    chunk.keys.splice(at, 0, key)
    chunk.values.splice(at, 0, value)
    this.#size++
    if (chunk.keys.length > maxChunk) this.#split(index, chunk)
  }

  delete(key: string): boolean {
    const index = this.#chunkOf(key)
    if (this.get(key) === undefined) return false
    const chunk = this.#own(index)
    const at = lowerBound(chunk.keys, key)
    chunk.keys.splice(at, 1)
    chunk.values.splice(at, 1)
    this.#size--
    if (chunk.keys.length === 0) this.#chunks.splice(index, 1)
    return true
  }

  /** The values from `from` (included) up to `to` (excluded, absent: the end), in order. */
  *range(from = '', to?: string): Generator<V, undefined> {
    for (let index = this.#chunkOf(from); index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]
      if (!chunk) return
      const start = compareKeys(chunk.keys[0] ?? '', from) < 0 ? lowerBound(chunk.keys, from) : 0
      const last = chunk.keys.at(-1) ?? ''
      const end = to !== undefined && compareKeys(last, to) >= 0 ? lowerBound(chunk.keys, to) : chunk.keys.length
      for (let at = start; at < end; at++) {
        const value = chunk.values[at]
        if (value !== undefined) yield value
      }
      if (end < chunk.keys.length) return
    }
  }

  /** How many keys there are from `from` (included) up to `to` (excluded, absent: the end). */
  count(from = '', to?: string): number {
    let count = 0
    for (let index = this.#chunkOf(from); index < this.#chunks.length; index++) {
      const keys = this.#chunks[index]?.keys ?? []
      if (to !== undefined && compareKeys(keys[0] ?? '', to) >= 0) break
      const last = keys.at(-1) ?? ''
      const end = to !== undefined && compareKeys(last, to) >= 0 ? lowerBound(keys, to) : keys.length
      count += Math.max(0, end - lowerBound(keys, from))
    }
    return count
  }

  /** A map of its own with the same content, which later writes to this one do not change. */
  snapshot(): SortedMap<V> {
    const copy = new SortedMap<V>()
    copy.#chunks = [...this.#chunks]
    copy.#size = this.#size
    this.#owner = {}
    return copy
  }

  /** The chunk that holds the key, or would. */
  #chunkOf(key: string): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (compareKeys(this.#chunks[middle]?.keys[0] ?? '', key) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }

  #own(index: number): Chunk<V> {
    const chunk = this.#chunks[index]
    if (!chunk) throw new RangeError(`no chunk ${index}`)
    if (chunk.owner === this.#owner) return chunk
    const own = { owner: this.#owner, keys: [...chunk.keys], values: [...chunk.values] }
    this.#chunks[index] = own
    return own
  }

  /** Keys mostly arrive in order, so the last chunk is left full rather than halved. */
  #split(index: number, chunk: Chunk<V>): void {
    const at = index === this.#chunks.length - 1 ? chunk.keys.length - 1 : chunk.keys.length >> 1
    const right = { owner: this.#owner, keys: chunk.keys.splice(at), values: chunk.values.splice(at) }
    this.#chunks.splice(index + 1, 0, right)
  }
}

/** Orders text by its UTF-8 bytes: by UTF-16 units, but surrogates (which stand for higher code points) come last. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xSurrogate = x >= 0xd800 && x <= 0xdfff
    const ySurrogate = y >= 0xd800 && y <= 0xdfff
    if (xSurrogate !== ySurrogate) return xSurrogate ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

/** The first position whose key is not before `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(keys[middle] ?? '', key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
