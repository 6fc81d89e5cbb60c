/** Writes protobuf by hand: lengths are known once the parts are, so messages are made inside out. */
export class MessageWriter {
  readonly #parts: Uint8Array[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  string(field: number, value: string): this {
    const bytes = Buffer.from(value, 'utf8')
    return this.#header(field, 2).#push(varint(bytes.length)).#push(bytes)
  }

  bool(field: number, value: boolean): this {
    return this.#header(field, 0).#push(varint(value ? 1 : 0))
  }

  message(field: number, value: MessageWriter): this {
    this.#header(field, 2).#push(varint(value.length))
    for (const part of value.#parts) this.#push(part)
    return this
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts, this.#length)
  }

  #header(field: number, wireType: number): this {
    return this.#push(varint(field * 8 + wireType))
  }

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes)
    this.#length += bytes.length
    return this
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
