import { RE2JS, RE2JSSyntaxException } from 're2js'
import { CelFailure } from './value.ts'

/** A compiled regular expression in RE2's syntax. */
export interface Regex {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean
  /** The first match. */
  find(text: string): string | undefined
  /** All matches, at most `limit` of them where that is not negative. */
  findAll(text: string, limit: number): string[]
}

const cache = new Map<string, Regex | CelFailure>()
const cacheSize = 500

/** Compiles once; later calls with the same pattern get the same object. Fails with Go's words. */
export function compileRegex(pattern: string): Regex | CelFailure {
  const known = cache.get(pattern)
  if (known !== undefined) return known
  const compiled = compile(pattern)
  if (cache.size >= cacheSize) cache.clear()
  cache.set(pattern, compiled)
  return compiled
}

function compile(pattern: string): Regex | CelFailure {
  try {
    const regex = RE2JS.compile(pattern)
    return {
      test: (text) => regex.matcher(text).find(),
      find(text) {
        const matcher = regex.matcher(text)
        return matcher.find() ? (matcher.group() ?? undefined) : undefined
      },
      findAll(text, limit) {
        const matcher = regex.matcher(text)
        const found: string[] = []
        while ((limit < 0 || found.length < limit) && matcher.find()) found.push(matcher.group() ?? '')
        return found
      },
    }
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error
    return new CelFailure(error.message)
  }
}
