/** Reads the protobuf wire format from a byte range. Every read checks its bounds and throws `WireError`. */
export class WireReader {
  readonly #bytes: Uint8Array
  #at: number
  readonly #end: number

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
  }

  get done(): boolean {
    return this.#at >= this.#end
  }

  /** An unsigned varint of up to 64 bits. */
  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#at >= this.#end) throw new WireError('unexpected EOF')
      const byte = this.#bytes[this.#at++] ?? 0
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new WireError('proto: integer overflow')
  }

  /** Field number and wire type of the next field. */
  tag(): { field: number; wireType: number } {
    const tag = Number(this.varint())
    const field = Math.floor(tag / 8)
    if (field <= 0) throw new WireError(`proto: illegal tag ${field} (wire type ${tag % 8})`)
    return { field, wireType: tag % 8 }
  }

  /** The bytes of a length-delimited field, without a copy. */
  bytes(): Uint8Array {
    const length = Number(this.varint())
    return this.#take(length)
  }

  double(): number {
    const raw = this.#take(8)
    return new DataView(raw.buffer, raw.byteOffset, 8).getFloat64(0, true)
  }

  /** Passes over a field that the reader does not know. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint()
    else if (wireType === 1) this.#take(8)
    else if (wireType === 2) this.bytes()
    else if (wireType === 5) this.#take(4)
    else throw new WireError(`proto: illegal wireType ${wireType}`)
  }

  #take(length: number): Uint8Array {
    if (length > this.#end - this.#at) throw new WireError('unexpected EOF')
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }
}

/** Bytes that are not well-formed protobuf, or not of the asked message. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

const utf8 = new TextEncoder()

/** Collects fields of one message in the order in which they are written. */
export class WireWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  varintField(field: number, value: bigint): void {
    this.#varint(BigInt(field * 8))
    this.#varint(BigInt.asUintN(64, value))
  }

  doubleField(field: number, value: number): void {
    this.#varint(BigInt(field * 8 + 1))
    const raw = new Uint8Array(8)
    new DataView(raw.buffer).setFloat64(0, value, true)
    this.raw(raw)
  }

  bytesField(field: number, value: Uint8Array): void {
    this.#varint(BigInt(field * 8 + 2))
    this.#varint(BigInt(value.length))
    this.raw(value)
  }

  stringField(field: number, value: string): void {
    this.bytesField(field, utf8.encode(value))
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  #varint(value: bigint): void {
    this.#reserve(10)
    let rest = value
    while (rest >= 0x80n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
