import { goQuote } from '@wherry/apimachinery'

/** A URL taken apart as Go's net/url does. */
export interface URI {
  scheme: string
  /** With the port. */
  host: string
  hostname: string
  port: string
  /** As it was written where that is a valid escaping. */
  escapedPath: string
  query: string
  text: string
}

const parseError = (text: string, problem: string): string => `parse ${goQuote(text)}: ${problem}`

/** Parses an absolute URL or an absolute path (Go's `url.ParseRequestURI`), or gives Go's error text. */
export function parseRequestURI(text: string): URI | string {
  for (const c of text) {
    const code = c.codePointAt(0) ?? 0
    if (code < 0x20 || code === 0x7f) return parseError(text, 'net/url: invalid control character in URL')
  }
  if (text === '') return parseError(text, 'empty url')
  const schemeMatch = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)
  if (schemeMatch === null && /^[^/?#]*:/.test(text)) {
    const first = text.startsWith(':') ? 'missing protocol scheme' : 'first path segment in URL cannot contain colon'
    if (text.startsWith(':')) return parseError(text, first)
  }
  const scheme = (schemeMatch?.[1] ?? '').toLowerCase()
  const afterScheme = schemeMatch === null ? text : text.slice(schemeMatch[0].length)
  const [beforeFragment = ''] = [afterScheme.split('#')[0]]
  const queryAt = beforeFragment.indexOf('?')
  const query = queryAt < 0 ? '' : beforeFragment.slice(queryAt + 1)
  const rest = queryAt < 0 ? beforeFragment : beforeFragment.slice(0, queryAt)
  if (!rest.startsWith('/')) {
    if (scheme === '') return parseError(text, 'invalid URI for request')
    return parseError(text, 'invalid URI for request')
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))
  const authority = hasAuthority ? (rest.slice(2).split('/')[0] ?? '') : ''
  const path = hasAuthority ? rest.slice(2 + authority.length) : rest
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  const hostError = checkHost(host)
  if (hostError !== undefined) return parseError(text, hostError)
  const badEscape = /%(?![0-9a-fA-F]{2})/.exec(path)
  if (badEscape !== null) {
    return parseError(text, `invalid URL escape ${goQuote(path.slice(badEscape.index, badEscape.index + 3))}`)
  }
  const { hostname, port } = splitHost(host)
  return { scheme, host, hostname, port, escapedPath: escapePath(path), query, text }
}

function checkHost(host: string): string | undefined {
  const port = host.startsWith('[')
    ? /^\[[^\]]*\](.*)$/s.exec(host)?.[1]
    : host.slice(host.lastIndexOf(':') < 0 ? host.length : host.lastIndexOf(':'))
  if (port === undefined) return `missing ']' in host`
  if (port !== '' && !/^:\d*$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const bad = /[\s"<>\\^`{|}]/.exec(host.startsWith('[') ? '' : host)
  return bad === null ? undefined : `invalid character ${goQuote(bad[0])} in host name`
}

function splitHost(host: string): { hostname: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(host)
  if (bracketed !== null) return { hostname: bracketed[1] ?? '', port: bracketed[2] ?? '' }
  const plain = /^(.*?)(?::(\d*))?$/s.exec(host)
  return { hostname: plain?.[1] ?? host, port: plain?.[2] ?? '' }
}

/** What is no valid path is escaped; what is stays as it is. */
function escapePath(path: string): string {
  if (/^[A-Za-z0-9\-_.~$&+,/:;=@!'()*[\]%]*$/.test(path)) return path
  let out = ''
  for (const c of path) {
    if (/[A-Za-z0-9\-_.~$&+,/:;=@]/.test(c)) out += c
    else if (c === '%') out += '%'
    else out += [...Buffer.from(c)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  }
  return out
}

/** The parameters of a query by name; pairs that are no valid escaping are left out, as Go's `URL.Query`. */
export function queryOf(uri: URI): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const pair of uri.query.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const equals = pair.indexOf('=')
    const key = unescapeQuery(equals < 0 ? pair : pair.slice(0, equals))
    const value = unescapeQuery(equals < 0 ? '' : pair.slice(equals + 1))
    if (key === undefined || value === undefined) continue
    const known = values.get(key)
    if (known === undefined) values.set(key, [value])
    else known.push(value)
  }
  return values
}

function unescapeQuery(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined
  const bytes: number[] = []
  const raw = Buffer.from(text.replaceAll('+', ' '))
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0
    if (byte !== 0x25) bytes.push(byte)
    else {
      bytes.push(Number.parseInt(raw.toString('latin1', i + 1, i + 3), 16))
      i += 2
    }
  }
  return Buffer.from(bytes).toString('utf8')
}
