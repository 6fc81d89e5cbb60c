import { createWriteStream, renameSync, rmSync, statSync, type WriteStream } from 'node:fs'
import type { Clock } from '@wherry/component-base'

const lineLimit = 16 * 1024

/** RFC3339Nano as the kubelet's log reader wants it: nine digits, UTC. */
export function formatNano(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z')
}

export interface LogWriterOptions {
  path: string
  clock: Clock
  maxSize?: number
  maxFiles?: number
}

/**
 * One container's log in CRI format (`<time> stdout F line`), rotated by size: `0.log`, then `0.log.1` and so on.
 * Lines of one stream stay in order; a line longer than 16 KiB is written in parts tagged P.
 */
export class LogWriter {
  readonly #options: Required<LogWriterOptions>
  readonly #rest = new Map<string, Buffer>()
  #stream: WriteStream
  #size: number

  constructor(options: LogWriterOptions) {
    this.#options = { maxSize: 10 * 1024 * 1024, maxFiles: 5, ...options }
    this.#size = statSync(options.path, { throwIfNoEntry: false })?.size ?? 0
    this.#stream = createWriteStream(options.path, { flags: 'a', mode: 0o640 })
  }

  /** False asks the caller to wait for `drained`. */
  write(stream: 'stdout' | 'stderr', chunk: Buffer): boolean {
    const held = this.#rest.get(stream)
    let data = held === undefined ? chunk : Buffer.concat([held, chunk])
    const time = formatNano(this.#options.clock.now())
    let out = ''
    for (;;) {
      const end = data.indexOf(10)
      if (end >= 0 && end <= lineLimit) {
        out += `${time} ${stream} F ${data.toString('utf8', 0, end)}\n`
        data = data.subarray(end + 1)
      } else if (data.length > lineLimit) {
        out += `${time} ${stream} P ${data.toString('utf8', 0, lineLimit)}\n`
        data = data.subarray(lineLimit)
      } else break
    }
    this.#rest.set(stream, data)
    return out === '' ? true : this.#append(out)
  }

  drained(): Promise<void> {
    return new Promise((resolve) => this.#stream.once('drain', resolve))
  }

  /** Writes what is left without a line end, and closes; resolves when all is in the file. */
  async close(): Promise<void> {
    const time = formatNano(this.#options.clock.now())
    for (const [stream, data] of this.#rest)
      if (data.length > 0) this.#append(`${time} ${stream} P ${data.toString()}\n`)
    this.#rest.clear()
    const stream = this.#stream
    await new Promise<void>((resolve) => stream.end(() => resolve()))
  }

  /** Moves the file away and opens a new one under the same name. */
  rotate(): void {
    const { path, maxFiles } = this.#options
    rmSync(`${path}.${maxFiles - 1}`, { force: true })
    for (let n = maxFiles - 2; n >= 0; n--) {
      const from = n === 0 ? path : `${path}.${n}`
      if (statSync(from, { throwIfNoEntry: false })) renameSync(from, `${path}.${n + 1}`)
    }
    this.#stream.end()
    this.#stream = createWriteStream(path, { flags: 'a', mode: 0o640 })
    this.#size = 0
  }

  #append(text: string): boolean {
    this.#size += Buffer.byteLength(text)
    const more = this.#stream.write(text)
    if (this.#size > this.#options.maxSize) {
      this.rotate()
      return true
    }
    return more
  }
}
