const named: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}
const special = /["\\]|[^\P{C}]|[^\P{Z} ]/gu

/** Text as Go's `%q` prints it, which is how Kubernetes' messages quote names and values. */
export function goQuote(text: string): string {
  return `"${text.replace(special, escapeOf)}"`
}

function escapeOf(char: string): string {
  const known = named[char]
  if (known !== undefined) return known
  const code = char.codePointAt(0) ?? 0
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`
  // A lone surrogate cannot be in a Go string: it became the replacement character on its way there.
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`
  return `\\u${code.toString(16).padStart(4, '0')}`
}
