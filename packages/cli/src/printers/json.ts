const escapes: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** JSON as Go's encoder writes it: four spaces of indent, and characters that HTML would read escaped. */
export function goJSON(value: unknown, indent = 4): string {
  return (JSON.stringify(value, null, indent) ?? 'null').replace(
    /[<>&\u2028\u2029]/g,
    (letter) => escapes[letter] ?? letter,
  )
}
