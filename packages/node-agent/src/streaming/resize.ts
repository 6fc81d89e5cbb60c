import type { TerminalSize } from './remote-command.ts'

/** Reads terminal sizes from a stream of JSON objects such as `{"Width":80,"Height":24}`, however they are cut. */
export class ResizeParser {
  #text = ''
  #listener: (size: TerminalSize) => void = () => {}
  #last: TerminalSize | undefined

  /** Also tells the last size that came before there was a listener. */
  listen(listener: (size: TerminalSize) => void): void {
    this.#listener = listener
    if (this.#last) listener(this.#last)
  }

  write(chunk: Buffer): void {
    this.#text += chunk.toString()
    for (let end = this.#text.indexOf('}'); end >= 0; end = this.#text.indexOf('}')) {
      const size = parseSize(this.#text.slice(0, end + 1))
      this.#text = this.#text.slice(end + 1)
      if (!size) continue
      this.#last = size
      this.#listener(size)
    }
  }
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const width = 'Width' in value ? Number(value.Width) : 0
    const height = 'Height' in value ? Number(value.Height) : 0
    return { width, height }
  } catch {
    return undefined
  }
}
