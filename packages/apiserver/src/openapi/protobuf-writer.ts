/** Writes one protobuf message into a buffer that grows; an inner message is written first, then copied in. */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(64)
  #length = 0

  string(field: number, value: string): this {
    const length = Buffer.byteLength(value)
    this.#header(field, 2)
    this.#varint(length)
    this.#reserve(length)
    this.#bytes.write(value, this.#length)
    this.#length += length
    return this
  }

  bool(field: number, value: boolean): this {
    this.#header(field, 0)
    this.#varint(value ? 1 : 0)
    return this
  }

  integer(field: number, value: number): this {
    this.#header(field, 0)
    if (value >= 0) this.#varint(value)
    else this.#negative(value)
    return this
  }

  double(field: number, value: number): this {
    this.#header(field, 1)
    this.#reserve(8)
    this.#bytes.writeDoubleLE(value, this.#length)
    this.#length += 8
    return this
  }

  message(field: number, value: MessageWriter): this {
    this.#header(field, 2)
    this.#varint(value.#length)
    this.#reserve(value.#length)
    value.#bytes.copy(this.#bytes, this.#length, 0, value.#length)
    this.#length += value.#length
    return this
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #header(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  #varint(value: number): void {
    this.#reserve(8)
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80
    this.#bytes[this.#length++] = rest
  }

  /** Two's complement of 64 bits, in ten bytes. */
  #negative(value: number): void {
    this.#reserve(10)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
