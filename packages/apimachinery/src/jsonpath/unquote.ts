const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v', '\\': '\\' }

/** Resolves the escapes in a Go string literal's inside; throws for one that Go does not know. */
export function unquoteGo(inner: string, quote: string): string {
  return inner.replace(/\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.|$)/gs, (_all, code: string) => {
    const letter = code[0] ?? ''
    if (code === quote || code === '"' || code === "'") return code
    const known = simple[code]
    if (known !== undefined) return known
    if (/^[xuU]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]{3}$/.test(code)) return String.fromCharCode(Number.parseInt(code, 8))
    throw new Error(`invalid syntax: unknown escape \\${letter}`)
  })
}
