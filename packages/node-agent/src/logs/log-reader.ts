import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { watchForChanges } from '../watch-file.ts'
import { type LogEntry, parseEntry } from './entry.ts'
import { splitLines, tailOffset } from './tail.ts'

export interface LogOptions {
  /** Goes on as the log grows, until the container has ended. */
  follow: boolean
  /** All lines when absent. */
  tailLines?: number
  /** Milliseconds since the epoch. */
  since?: number
  limitBytes?: number
  timestamps: boolean
  /** Both when absent. */
  stream?: 'stdout' | 'stderr'
}

export interface LogSource {
  path: string
  /** Resolves when nothing more will be written; rejects never. */
  ended: Promise<void>
}

const blockSize = 64 * 1024

/**
 * Writes a container's log to a stream, as fast as that takes it; resolves at the log's end, at the byte limit, or when
 * the signal fires. While it follows, a rotation of the log neither loses nor repeats a line. As the kubelet's ReadLogs.
 */
export async function readLog(
  source: LogSource,
  options: LogOptions,
  out: Writable,
  signal: AbortSignal,
): Promise<void> {
  const file = await openLog(source.path)
  if (!file) return
  const printer = new LogPrinter(options, out, signal)
  const reader = new LogFile(file)
  try {
    // What the container writes while its log is read would be more than the lines that were asked for.
    const end = options.tailLines === undefined ? Infinity : await reader.skipTo(options.tailLines)
    if (options.follow) await follow(source, reader, printer, signal)
    else await reader.readTo(printer, end)
  } finally {
    await reader.close()
  }
}

async function follow(source: LogSource, reader: LogFile, printer: LogPrinter, signal: AbortSignal): Promise<void> {
  const changes = new ChangeSignal(source, signal)
  try {
    for (;;) {
      // What was over before this reading began is read to its end by it.
      const over = changes.over
      const seen = changes.count
      await reader.readTo(printer)
      if (printer.done) return
      if (await reader.moveOn(source.path)) continue
      if (over) return
      await changes.after(seen)
    }
  } finally {
    changes.close()
  }
}

/** Tells that a log's directory has changed, or that the log has come to its end. */
class ChangeSignal {
  readonly #stopWatching: () => void
  readonly #signal: AbortSignal
  #wake = () => {}
  count = 0
  over = false

  constructor({ path, ended }: LogSource, signal: AbortSignal) {
    this.#signal = signal
    this.#stopWatching = watchForChanges(path, () => this.#changed())
    signal.addEventListener('abort', this.#end, { once: true })
    void ended.then(this.#end)
  }

  readonly #end = () => {
    this.over = true
    this.#changed()
  }

  #changed(): void {
    this.count++
    this.#wake()
  }

  /** Resolves when something has happened since the count was `seen`. */
  async after(seen: number): Promise<void> {
    if (this.count > seen) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  close(): void {
    this.#stopWatching()
    this.#signal.removeEventListener('abort', this.#end)
  }
}

/** A log that is being read, across the files into which it is rotated. */
class LogFile {
  #file: FileHandle
  #offset = 0
  #rest = Buffer.alloc(0)

  constructor(file: FileHandle) {
    this.#file = file
  }

  /** Goes to where the last lines begin; comes back with the size of the log that has them at its end. */
  async skipTo(tailLines: number): Promise<number> {
    const { size } = await this.#file.stat()
    this.#offset = await tailOffset(this.#file, size, tailLines)
    return size
  }

  async readTo(printer: LogPrinter, end = Infinity): Promise<void> {
    const block = Buffer.alloc(blockSize)
    while (!printer.done) {
      const length = Math.min(blockSize, end - this.#offset)
      const { bytesRead } = await this.#file.read(block, 0, length, this.#offset)
      if (bytesRead === 0) return
      this.#offset += bytesRead
      const data = Buffer.concat([this.#rest, block.subarray(0, bytesRead)])
      let used = 0
      const entries: LogEntry[] = []
      for (const line of splitLines(data)) {
        used += line.length + 1
        const entry = parseEntry(line)
        if (entry) entries.push(entry)
      }
      this.#rest = Buffer.from(data.subarray(used))
      await printer.print(entries)
    }
  }

  /** When the file has been rotated away: goes on with the one that came after it. */
  async moveOn(path: string): Promise<boolean> {
    const { ino } = await this.#file.stat()
    let next = path
    if ((await inodeOf(next)) === ino) return false
    // From the newest file to older ones, up to this file, or to the oldest that is left.
    for (let n = 1; ; n++) {
      const inode = await inodeOf(`${path}.${n}`)
      if (inode === ino || inode === undefined) break
      next = `${path}.${n}`
    }
    const file = await openLog(next)
    if (!file) return false
    await this.#file.close()
    this.#file = file
    this.#offset = 0
    this.#rest = Buffer.alloc(0)
    return true
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** Turns entries into what a user asked to see. */
class LogPrinter {
  readonly #options: LogOptions
  readonly #out: Writable
  readonly #signal: AbortSignal
  #left: number
  #atLineStart = true

  constructor(options: LogOptions, out: Writable, signal: AbortSignal) {
    this.#options = options
    this.#out = out
    this.#signal = signal
    this.#left = options.limitBytes ?? Infinity
  }

  get done(): boolean {
    return this.#left <= 0 || this.#signal.aborted || this.#out.destroyed
  }

  async print(entries: readonly LogEntry[]): Promise<void> {
    const { since, stream, timestamps } = this.#options
    const pieces: Buffer[] = []
    for (const { time, stream: from, partial, text } of entries) {
      if (stream !== undefined && from !== stream) continue
      if (since !== undefined && Date.parse(time) < since) continue
      if (timestamps && this.#atLineStart) pieces.push(Buffer.from(`${time} `))
      pieces.push(text)
      if (!partial) pieces.push(Buffer.from('\n'))
      this.#atLineStart = !partial
    }
    const all = Buffer.concat(pieces)
    const data = all.length > this.#left ? all.subarray(0, this.#left) : all
    this.#left -= data.length
    if (data.length > 0 && !this.#out.write(data)) await this.#drained()
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        this.#out.off('drain', finish).off('close', finish)
        this.#signal.removeEventListener('abort', finish)
        resolve()
      }
      this.#out.on('drain', finish).on('close', finish)
      this.#signal.addEventListener('abort', finish, { once: true })
    })
  }
}

async function openLog(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.ino
}
