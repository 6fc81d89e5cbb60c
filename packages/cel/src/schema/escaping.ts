/** Words that an expression cannot use as the name of a field (k8s `pkg/cel/escaping.go`). */
const keywords = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)
const replacements: readonly (readonly [string, string])[] = [
  ['__', '__underscores__'],
  ['.', '__dot__'],
  ['-', '__dash__'],
  ['/', '__slash__'],
]
const escapable = /^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/

/** The name by which an expression reaches a property: `foo-bar` is `foo__dash__bar`. Undefined where none does. */
export function escapeName(name: string): string | undefined {
  if (keywords.has(name)) return `__${name}__`
  if (!escapable.test(name) || /^[0-9]/.test(name)) return undefined
  return name.replace(/__|[.\-/]/g, (found) => replacements.find(([plain]) => plain === found)?.[1] ?? found)
}

/** The property that a name in an expression means; undefined for what `escapeName` never gives. */
export function unescapeName(escaped: string): string | undefined {
  const keyword = /^__([a-z]+)__$/.exec(escaped)?.[1]
  if (keyword !== undefined && keywords.has(keyword)) return keyword
  if (keywords.has(escaped) || !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(escaped)) return undefined
  if (!escaped.includes('__')) return escaped
  let valid = true
  const name = escaped.replace(/__(?:(underscores|dot|dash|slash)__)?/g, (found) => {
    const plain = replacements.find(([, replacement]) => replacement === found)?.[0]
    if (plain === undefined) valid = false
    return plain ?? found
  })
  return valid ? name : undefined
}
