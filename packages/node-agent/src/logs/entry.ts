/** One entry of a log in CRI format; see log-writer.ts. */
export interface LogEntry {
  time: string
  stream: string
  /** The text has no line end of its own: the line goes on in the stream's next entry. */
  partial: boolean
  text: Buffer
}

const space = 32

/** Parses an entry without its line end; undefined for what is none. */
export function parseEntry(line: Buffer): LogEntry | undefined {
  const afterTime = line.indexOf(space)
  const afterStream = line.indexOf(space, afterTime + 1)
  if (afterTime < 0 || afterStream < 0) return undefined
  const found = line.indexOf(space, afterStream + 1)
  const afterTags = found < 0 ? line.length : found
  const tags = line.toString('latin1', afterStream + 1, afterTags).split(':')
  return {
    time: line.toString('latin1', 0, afterTime),
    stream: line.toString('latin1', afterTime + 1, afterStream),
    partial: tags[0] === 'P',
    text: line.subarray(afterTags + 1),
  }
}
