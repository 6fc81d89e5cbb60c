/** Edits that turn one word into the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Names close to what was typed: two edits away, or beginning with it. As cobra's suggestions. */
export function suggestionsFor(typed: string, names: readonly string[]): string[] {
  const lower = typed.toLowerCase()
  return names.filter((name) => distance(lower, name.toLowerCase()) <= 2 || name.toLowerCase().startsWith(lower))
}

/** The message about a command that is not there. */
export function unknownCommand(typed: string, program: string, names: readonly string[]): string {
  const suggestions = suggestionsFor(typed, names)
  const hint =
    suggestions.length === 0 ? '' : `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}`).join('\n')}`
  return `unknown command ${JSON.stringify(typed)} for ${JSON.stringify(program)}${hint}`
}
