import { RE2JS } from 're2js'

/** A compiled pattern, or what is wrong with it in Go's words. */
export type Pattern = { test(text: string): boolean } | { readonly error: string }

const known = new Map<string, Pattern>()
const maxKnown = 4096

/** Compiles a pattern of RE2's syntax, which matches in linear time. Patterns are kept: schemas share many of them. */
export function compilePattern(pattern: string): Pattern {
  const before = known.get(pattern)
  if (before) return before
  const made = make(pattern)
  if (known.size >= maxKnown) known.clear()
  known.set(pattern, made)
  return made
}

function make(pattern: string): Pattern {
  try {
    const compiled = RE2JS.compile(pattern)
    return { test: (text) => compiled.matcher(text).find() }
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) }
  }
}
