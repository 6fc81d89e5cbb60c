const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
}

/** Thrown for a literal that is no string; its message is cel-go's. */
export class UnescapeError extends Error {}

/** The text of a string literal (with its quotes and perhaps an `r`), as cel-go's `parser/unescape.go`. */
export function unescapeString(literal: string): string {
  const body = bodyOf(literal)
  if (typeof body === 'string') return body
  let out = ''
  for (const piece of pieces(body.escaped, false))
    out += typeof piece === 'string' ? piece : String.fromCodePoint(piece)
  return out
}

/** The bytes of a bytes literal (without its `b`): text in UTF-8, `\x` and octal escapes as single bytes. */
export function unescapeBytes(literal: string): Uint8Array {
  const body = bodyOf(literal)
  if (typeof body === 'string') return new Uint8Array(Buffer.from(body))
  const parts: Buffer[] = []
  for (const piece of pieces(body.escaped, true)) {
    parts.push(typeof piece === 'string' ? Buffer.from(piece) : Buffer.from([piece]))
  }
  return new Uint8Array(Buffer.concat(parts))
}

function bodyOf(literal: string): string | { escaped: string } {
  let text = literal.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  const raw = text[0] === 'r' || text[0] === 'R'
  if (raw) text = text.slice(1)
  const quotes = text.startsWith("'''") || text.startsWith('"""') ? 3 : 1
  const body = text.slice(text.length >= 2 * quotes ? quotes : 1, text.length >= 2 * quotes ? -quotes : -1)
  return raw || !body.includes('\\') ? body : { escaped: body }
}

function* pieces(text: string, isBytes: boolean): Generator<string | number> {
  let i = 0
  while (i < text.length) {
    const backslash = text.indexOf('\\', i)
    if (backslash < 0) {
      yield text.slice(i)
      return
    }
    if (backslash > i) yield text.slice(i, backslash)
    const c = text[backslash + 1]
    if (c === undefined) throw new UnescapeError("unable to unescape string, found '\\' as last character")
    i = backslash + 2
    const known = simple[c]
    if (known !== undefined) {
      yield known
    } else if (c >= '0' && c <= '3') {
      const digits = text.slice(i - 1, i + 2)
      if (!/^[0-7]{3}$/.test(digits)) throw new UnescapeError('unable to unescape octal sequence in string')
      i += 2
      yield Number.parseInt(digits, 8)
    } else {
      const length = c === 'x' || c === 'X' ? 2 : c === 'u' ? 4 : c === 'U' ? 8 : 0
      const digits = text.slice(i, i + length)
      if (length === 0 || digits.length < length || !/^[0-9a-fA-F]*$/.test(digits) || (isBytes && length > 2)) {
        throw new UnescapeError('unable to unescape string')
      }
      const point = Number.parseInt(digits, 16)
      if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
        throw new UnescapeError('invalid unicode code point')
      i += length
      yield point
    }
  }
}
