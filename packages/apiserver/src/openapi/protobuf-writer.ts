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

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
