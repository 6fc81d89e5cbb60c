/** One entry of a tar archive, without its content. */
export interface TarHeader {
  /** With a slash at the end for a directory. */
  name: string
  type: 'file' | 'directory' | 'symlink' | 'other'
  /** Permission bits. */
  mode: number
  size: number
  /** Milliseconds since the epoch. */
  mtime: number
  /** Where a symbolic link leads. */
  linkName: string
}

export const blockSize = 512
const longest = 100

/** How many bytes fill a content up to the next block. */
export function paddingOf(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize
}

/** An entry's head; names that do not fit are told in a pax entry before it (POSIX.1-2001). */
export function encodeHeader(header: TarHeader): Buffer {
  const records: Record<string, string> = {}
  if (Buffer.byteLength(header.name) > longest) records.path = header.name
  if (Buffer.byteLength(header.linkName) > longest) records.linkpath = header.linkName
  if (header.size > 0o77777777777) records.size = String(header.size)
  const plain = block(header, typeFlag(header.type))
  if (Object.keys(records).length === 0) return plain
  const body = Buffer.from(Object.entries(records).map(paxRecord).join(''))
  const pax: TarHeader = { ...header, name: 'PaxHeaders/entry', size: body.length, linkName: '' }
  return Buffer.concat([block(pax, 'x'), body, Buffer.alloc(paddingOf(body.length)), plain])
}

/** What ends an archive. */
export const archiveEnd = Buffer.alloc(2 * blockSize)

function typeFlag(type: TarHeader['type']): string {
  return type === 'directory' ? '5' : type === 'symlink' ? '2' : '0'
}

function block(header: TarHeader, flag: string): Buffer {
  const out = Buffer.alloc(blockSize)
  out.write(header.name, 0, longest)
  const octal = (value: number, at: number, length: number) =>
    out.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, length, 'ascii')
  octal(header.mode & 0o7777, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(Math.min(header.size, 0o77777777777), 124, 12)
  octal(Math.max(0, Math.floor(header.mtime / 1000)), 136, 12)
  out.write('        ', 148, 8, 'ascii')
  out.write(flag, 156, 1, 'ascii')
  out.write(header.linkName, 157, longest)
  out.write('ustar\x0000', 257, 8, 'latin1')
  let sum = 0
  for (const byte of out) sum += byte
  out.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'ascii')
  return out
}

/** `LENGTH KEY=VALUE\n`, where the length counts itself. */
function paxRecord([key, value]: [string, string]): string {
  const rest = ` ${key}=${value}\n`
  let length = Buffer.byteLength(rest)
  while (String(length).length + Buffer.byteLength(rest) !== length)
    length = String(length).length + Buffer.byteLength(rest)
  return `${length}${rest}`
}

/** Reads a header block; undefined for a block of zeros. Throws where the checksum does not fit. */
export function decodeHeader(bytes: Buffer): (TarHeader & { flag: string }) | undefined {
  if (bytes.every((byte) => byte === 0)) return undefined
  const text = (start: number, length: number) => {
    const part = bytes.subarray(start, start + length)
    const end = part.indexOf(0)
    return part.toString('utf8', 0, end === -1 ? length : end)
  }
  let sum = 8 * 0x20
  bytes.forEach((byte, at) => {
    if (at < 148 || at >= 156) sum += byte
  })
  if (numberAt(bytes, 148, 8) !== sum) throw new Error('archive/tar: invalid tar header')
  const prefix = text(257, 5) === 'ustar' && bytes[262] === 0 ? text(345, 155) : ''
  const flag = text(156, 1)
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`
  return {
    name,
    flag,
    type: typeOf(flag, name),
    mode: numberAt(bytes, 100, 8) & 0o7777,
    size: numberAt(bytes, 124, 12),
    mtime: numberAt(bytes, 136, 12) * 1000,
    linkName: text(157, 100),
  }
}

function typeOf(flag: string, name: string): TarHeader['type'] {
  if (flag === '5' || ((flag === '' || flag === '0') && name.endsWith('/'))) return 'directory'
  if (flag === '2') return 'symlink'
  return flag === '' || flag === '0' || flag === '7' ? 'file' : 'other'
}

/** Octal text, or GNU's binary form for what does not fit. */
function numberAt(bytes: Buffer, start: number, length: number): number {
  const part = bytes.subarray(start, start + length)
  if (((part[0] ?? 0) & 0x80) !== 0) {
    let value = (part[0] ?? 0) & 0x7f
    for (const byte of part.subarray(1)) value = value * 256 + byte
    return value
  }
  const digits = part
    .toString('ascii')
    .replace(/[\0 ]+$/g, '')
    .trim()
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

/** The records of a pax entry. */
export function decodePax(body: Buffer): Record<string, string> {
  const records: Record<string, string> = {}
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(0x20, at)
    const length = Number(body.toString('ascii', at, space))
    if (space === -1 || !Number.isInteger(length) || length <= 0) break
    const record = body.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return records
}
