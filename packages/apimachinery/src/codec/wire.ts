/** Bytes that are not well-formed protobuf, or not of the asked message. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

export const varint = 0
export const fixed64 = 1
export const delimited = 2
const fixed32 = 5

/** Reads the protobuf wire format from a range of bytes. Every read checks its bounds and throws `WireError`. */
export class WireReader {
  readonly #bytes: Buffer
  /** The next byte. */
  #at: number
  /** Where the message at hand ends. */
  #end: number
  /** The two halves of the varint that was read last. */
  #low = 0
  #high = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = 0
    this.#end = bytes.length
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** Field number and wire type of the next field, as one number: field × 8 + type. */
  tag(): number {
    this.#varint()
    const tag = this.#high * 0x1_0000_0000 + this.#low
    // Upstream takes the field number as an int32.
    if (tag < 8 || tag > 0x3_ffff_ffff)
      throw new WireError(`proto: illegal tag ${Math.floor(tag / 8)} (wire type ${tag % 8})`)
    return tag
  }

  bool(): boolean {
    this.#varint()
    return this.#low !== 0 || this.#high !== 0
  }

  int32(): number {
    this.#varint()
    return this.#low | 0
  }

  /** A bigint where a double would not be exact. */
  int64(): number | bigint {
    this.#varint()
    const value = (this.#high | 0) * 0x1_0000_0000 + this.#low
    if (Number.isSafeInteger(value)) return value
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low))
  }

  double(): number {
    const start = this.#take(8)
    return this.#bytes.readDoubleLE(start)
  }

  /** Bytes that are no UTF-8 become replacement characters, as they do on their way through Go's JSON. */
  string(): string {
    const start = this.#take(this.#length())
    return this.#bytes.toString('utf8', start, this.#at)
  }

  base64(): string {
    const start = this.#take(this.#length())
    return this.#bytes.toString('base64', start, this.#at)
  }

  /** The bytes of a length-delimited field, without a copy. */
  bytes(): Uint8Array {
    const start = this.#take(this.#length())
    return this.#bytes.subarray(start, this.#at)
  }

  /** Reads a message that stands in a length-delimited field. */
  message<T>(read: () => T): T {
    const length = this.#length()
    const outer = this.#end
    if (length > outer - this.#at) throw new WireError('unexpected EOF')
    this.#end = this.#at + length
    const value = read()
    this.#end = outer
    return value
  }

  /** Passes over a field that the reader does not know. */
  skip(wireType: number): void {
    if (wireType === varint) this.#varint()
    else if (wireType === fixed64) this.#take(8)
    else if (wireType === delimited) this.#take(this.#length())
    else if (wireType === fixed32) this.#take(4)
    else throw new WireError(`proto: illegal wireType ${wireType}`)
  }

  #varint(): void {
    let [low, high] = [0, 0]
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) throw new WireError('unexpected EOF')
      const byte = this.#bytes[this.#at++] ?? 0
      if (i < 4) low |= (byte & 0x7f) << (7 * i)
      else if (i === 4) {
        low |= (byte & 0x7f) << 28
        high = (byte & 0x7f) >> 4
      } else high |= (byte & 0x7f) << (7 * i - 32)
      if (byte < 0x80) {
        this.#low = low >>> 0
        this.#high = high >>> 0
        return
      }
    }
    throw new WireError('proto: integer overflow')
  }

  #length(): number {
    this.#varint()
    if (this.#high !== 0)
      throw new WireError(
        this.#high > 0x7fff_ffff ? 'proto: negative length found during unmarshaling' : 'unexpected EOF',
      )
    return this.#low
  }

  /** Moves on by `length` bytes and gives where they start. */
  #take(length: number): number {
    if (length > this.#end - this.#at) throw new WireError('unexpected EOF')
    const start = this.#at
    this.#at += length
    return start
  }
}

/**
 * Writes a message from its end to its start: fields in falling order, each value before its tag. So the length of an
 * inner message is known when it is to be written in front of it, and nothing is copied.
 */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(1024)
  /** The first byte that is written. */
  #at = this.#bytes.length

  /** How much is written; the difference of two such values is the length of what came between. */
  get length(): number {
    return this.#bytes.length - this.#at
  }

  finish(): Uint8Array {
    return Uint8Array.prototype.slice.call(this.#bytes, this.#at)
  }

  tag(field: number, wireType: number): void {
    this.#uint(field * 8 + wireType)
  }

  /** A length, or any integer that is not negative. */
  uint(value: number): void {
    this.#uint(value)
  }

  bool(value: boolean): void {
    this.#uint(value ? 1 : 0)
  }

  /** Throws where the value is no integer, or beyond 64 bits. */
  int(value: number | bigint): void {
    if (typeof value === 'number') {
      if (value >= 0 && Number.isSafeInteger(value)) {
        this.#uint(value)
        return
      }
      if (!Number.isInteger(value)) throw new WireError(`${value} is no integer`)
    }
    const exact = BigInt(value)
    if (BigInt.asIntN(64, exact) !== exact) throw new WireError(`${value} does not fit into 64 bits`)
    this.#bits(BigInt.asUintN(64, exact))
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at -= 8
    this.#bytes.writeDoubleLE(value, this.#at)
  }

  /** Text with its length in front. */
  string(value: string): void {
    const size = value.length === 0 ? 0 : Buffer.byteLength(value)
    this.#reserve(size)
    this.#at -= size
    if (size > 0) this.#bytes.write(value, this.#at, 'utf8')
    this.#uint(size)
  }

  /** Bytes with their length in front. */
  bytes(value: Uint8Array): void {
    this.raw(value)
    this.#uint(value.length)
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#at -= value.length
    this.#bytes.set(value, this.#at)
  }

  #uint(value: number): void {
    if (value < 0x80) {
      this.#reserve(1)
      this.#bytes[--this.#at] = value
      return
    }
    let size = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
    this.#reserve(size)
    this.#at -= size
    let rest = value
    for (let i = 0; i < size; i++, rest = Math.floor(rest / 0x80)) {
      this.#bytes[this.#at + i] = (rest % 0x80) | (i < size - 1 ? 0x80 : 0)
    }
  }

  #bits(value: bigint): void {
    const bytes: number[] = []
    let rest = value
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
    bytes.push(Number(rest))
    this.raw(Uint8Array.from(bytes))
  }

  #reserve(more: number): void {
    if (more <= this.#at) return
    const used = this.length
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, used + more))
    this.#bytes.copy(grown, grown.length - used, this.#at)
    this.#at = grown.length - used
    this.#bytes = grown
  }
}
