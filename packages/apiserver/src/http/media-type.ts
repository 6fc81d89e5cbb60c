const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y
const quoted = /"(?:[^"\\]|\\.)*"/sy

/**
 * The media type of a `Content-Type` header in lower case, without its parameters; undefined where the header is
 * malformed, also in its parameters. As upstream: Go's `mime.ParseMediaType`.
 */
export function mediaTypeOf(header: string): string | undefined {
  const end = header.indexOf(';')
  const type = (end < 0 ? header : header.slice(0, end)).trim().toLowerCase()
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+(\/[!#$%&'*+\-.^_`|~0-9a-z]+)?$/.test(type)) return undefined
  if (end < 0) return type
  const names = new Set<string>()
  let rest = header.slice(end)
  while (rest.trim() !== '' && rest.trim() !== ';') {
    const [name, after] = readParameter(rest.trimStart())
    if (name === undefined || names.has(name)) return undefined
    names.add(name)
    rest = after
  }
  return type
}

/** The name of a `; name=value` in front of the text, and what follows it. */
function readParameter(text: string): [name: string | undefined, rest: string] {
  if (!text.startsWith(';')) return [undefined, '']
  const after = text.slice(1).trimStart()
  const name = match(token, after)
  const value = after.slice(name.length).trimStart()
  if (name === '' || !value.startsWith('=')) return [undefined, '']
  const start = value.slice(1).trimStart()
  const read = match(start.startsWith('"') ? quoted : token, start)
  return read === '' ? [undefined, ''] : [name.toLowerCase(), start.slice(read.length)]
}

function match(pattern: RegExp, text: string): string {
  pattern.lastIndex = 0
  return pattern.exec(text)?.[0] ?? ''
}
