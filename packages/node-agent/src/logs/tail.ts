import { type FileHandle, open } from 'node:fs/promises'
import { parseEntry } from './entry.ts'

const blockSize = 64 * 1024
const newline = 10

/**
 * Where the last `lines` lines of a log begin. A line that was written in pieces is one line, and so is the unfinished
 * one at the end.
 */
export async function tailOffset(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines <= 0) return size
  let count = 0
  let start = size
  for await (const { offset, line } of entriesBackwards(file, size)) {
    const endsLine = start === size || !parseEntry(line)?.partial
    if (endsLine) {
      if (count === lines) return start
      count++
    }
    start = offset
  }
  return 0
}

/** The text of the last lines of a log, its newest bytes when that is too much; '' when there is no log. */
export async function tailText(path: string, lines: number, bytes: number): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (!file) return ''
  try {
    const { size } = await file.stat()
    const start = await tailOffset(file, size, lines)
    const from = Math.max(start, size - blockSize)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from)
    const pieces: Buffer[] = []
    for (const line of splitLines(buffer.subarray(0, bytesRead))) {
      const entry = parseEntry(line)
      if (entry) pieces.push(entry.text, ...(entry.partial ? [] : [Buffer.from('\n')]))
    }
    return Buffer.concat(pieces).subarray(-bytes).toString()
  } finally {
    await file.close()
  }
}

/** Whole lines of a buffer, without their ends. */
export function* splitLines(buffer: Buffer): Generator<Buffer> {
  let at = 0
  for (let end = buffer.indexOf(newline); end >= 0; end = buffer.indexOf(newline, at)) {
    yield buffer.subarray(at, end)
    at = end + 1
  }
}

/** Lines from the last to the first; what follows the last line end is left out. */
async function* entriesBackwards(file: FileHandle, size: number): AsyncGenerator<{ offset: number; line: Buffer }> {
  let end = size
  let rest = Buffer.alloc(0)
  while (end > 0) {
    const length = Math.min(blockSize, end)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, end - length)
    const block = Buffer.concat([buffer, rest])
    const base = end - length
    // The block's last byte ends the line before what was yielded already.
    let lineEnd = block.lastIndexOf(newline)
    while (lineEnd > 0) {
      const lineStart = block.lastIndexOf(newline, lineEnd - 1) + 1
      if (lineStart === 0 && base > 0) break
      yield { offset: base + lineStart, line: block.subarray(lineStart, lineEnd) }
      lineEnd = lineStart - 1
    }
    rest = block.subarray(0, lineEnd + 1)
    end = base
  }
}
