import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '@wherry/component-base'

/** The longest piece of a line that is written as one entry, as containerd's. */
const pieceLimit = 16 * 1024
const newline = 10

/** RFC 3339 with nine digits, UTC: what readers of CRI logs parse. */
export function formatNano(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z')
}

export interface LogLimits {
  /** Bytes of one file. */
  maxSize: number
  /** Files of one container, the current one counted. */
  maxFiles: number
}

/** The kubelet's containerLogMaxSize and containerLogMaxFiles. */
export const defaultLogLimits: LogLimits = { maxSize: 10 * 1024 * 1024, maxFiles: 5 }

/**
 * One container's log in CRI format, `<time> <stream> <F|P> <text>`; rotated by size at the end of a line: `0.log`, then
 * `0.log.1` and so on. The start of a line whose end has not come yet is written at once, tagged P: nothing that was
 * taken from the container is held in memory, so an agent that is killed loses no output. Writes are synchronous.
 */
export class LogWriter {
  readonly #path: string
  readonly #clock: Clock
  readonly #limits: LogLimits
  #fd: number
  #size: number

  constructor(path: string, clock: Clock, limits: LogLimits = defaultLogLimits) {
    this.#path = path
    this.#clock = clock
    this.#limits = limits
    mkdirSync(dirname(path), { recursive: true })
    this.#fd = openSync(path, 'a', 0o640)
    this.#size = fstatSync(this.#fd).size
  }

  /** Throws what the file system throws, a full disk for one. */
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    const time = formatNano(this.#clock.now())
    const full = Buffer.from(`${time} ${stream} F `)
    const partial = Buffer.from(`${time} ${stream} P `)
    const end = Buffer.from('\n')
    const pieces: Buffer[] = []
    let at = 0
    while (at < chunk.length) {
      const found = chunk.indexOf(newline, at)
      const stop = found < 0 ? chunk.length : found
      while (stop - at > pieceLimit) {
        pieces.push(partial, chunk.subarray(at, at + pieceLimit), end)
        at += pieceLimit
      }
      if (found >= 0) pieces.push(full, chunk.subarray(at, stop), end)
      else if (stop > at) pieces.push(partial, chunk.subarray(at, stop), end)
      at = stop + 1
    }
    this.#append(Buffer.concat(pieces))
    if (this.#size >= this.#limits.maxSize && chunk.at(-1) === newline) this.#rotate()
  }

  close(): void {
    closeSync(this.#fd)
  }

  #append(data: Buffer): void {
    let written = 0
    while (written < data.length) written += writeSync(this.#fd, data, written)
    this.#size += data.length
  }

  /** Moves the file away and opens a new one under the same name. */
  #rotate(): void {
    const name = (n: number) => (n === 0 ? this.#path : `${this.#path}.${n}`)
    const last = this.#limits.maxFiles - 1
    rmSync(name(last), { force: true })
    for (let n = last - 1; n >= 0; n--) {
      try {
        renameSync(name(n), name(n + 1))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      }
    }
    closeSync(this.#fd)
    this.#fd = openSync(this.#path, 'a', 0o640)
    this.#size = 0
  }
}
