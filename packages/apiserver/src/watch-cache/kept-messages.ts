import type { CachedObject } from './cached-object.ts'

/** Bytes that a resource's messages may take: those of about 80,000 pods. */
const defaultLimit = 128 * 1024 * 1024

/**
 * The protobuf messages of a resource's objects: each made when it is first asked for, and kept as long as its object is
 * the latest and there is room. Once the room is taken, what was asked for last does not push out the rest, or a list
 * that is larger than the room would always find the wrong part of it; only when as much as the whole room had to be
 * refused, messages go that nobody has asked for meanwhile.
 */
export class KeptMessages {
  readonly #limit: number
  readonly #kept = new Map<CachedObject, Uint8Array>()
  /** Who was asked for since the last sweep. */
  #used = new Set<CachedObject>()
  #bytes = 0
  #refused = 0

  constructor(limit = defaultLimit) {
    this.#limit = limit
  }

  /** How many bytes are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** The object's message; `keep` says whether it may be kept, which an object that has been replaced may not. */
  of(object: CachedObject, make: () => Uint8Array, keep: () => boolean): Uint8Array {
    const known = this.#kept.get(object)
    if (known) {
      if (this.#refused > 0) this.#used.add(object)
      return known
    }
    const made = make()
    if (keep()) this.#keep(object, made)
    return made
  }

  has(object: CachedObject): boolean {
    return this.#kept.has(object)
  }

  /** Forgets the message of an object that has been replaced or deleted. */
  release(object: CachedObject): void {
    const known = this.#kept.get(object)
    if (!known) return
    this.#kept.delete(object)
    this.#used.delete(object)
    this.#bytes -= known.length
  }

  #keep(object: CachedObject, message: Uint8Array): void {
    if (this.#bytes + message.length > this.#limit) {
      this.#refused += message.length
      if (this.#refused < this.#limit) return
      this.#sweep()
      if (this.#bytes + message.length > this.#limit) return
    }
    this.#kept.set(object, message)
    this.#bytes += message.length
  }

  #sweep(): void {
    for (const object of [...this.#kept.keys()]) if (!this.#used.has(object)) this.release(object)
    this.#used = new Set()
    this.#refused = 0
  }
}
