import { goQuote } from '@wherry/apimachinery'
import { type Flag, type FlagSet, type FlagValue, type FlagValues, flagTitle } from './flags.ts'
import { globalFlags } from './shared.ts'
import { defaultValue, parseValue } from './values.ts'

/** A command line that does not parse; shown with a pointer to the command's help. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

/** `--help` or `-h` was given. */
export class HelpWanted extends Error {
  override readonly name = 'HelpWanted'
}

/** A parsed command line. */
export interface ParsedLine<S extends FlagSet = FlagSet> {
  /** The positional arguments, those after `--` included. */
  args: string[]
  /** How many positional arguments stood before `--`; -1 where there was none. */
  dash: number
  values: FlagValues<S>
  /** The flags that the user gave. */
  changed: ReadonlySet<string>
}

/**
 * Parses a command line by the rules of Go's pflag, which kubectl's users know: flags and arguments mix; `--x=v`, `--x v`,
 * `-xv`, `-x v`, `-x=v`; letters of booleans cluster; `--` ends the flags; `_` in a name means `-`. A flag with an optional
 * value takes one only after `=`. Throws `FlagError` in pflag's words, and `HelpWanted`.
 */
export function parseLine<const S extends FlagSet>(flags: S, argv: readonly string[]): ParsedLine<S> {
  const values: Record<string, FlagValue> = {}
  const changed = new Set<string>()
  for (const [name, flag] of Object.entries<Flag>(flags)) values[name] = defaultValue(flag)

  const set: Setter = (name, flag, text) => {
    let value: FlagValue
    try {
      value = parseValue(flag, text)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      throw new FlagError(`invalid argument ${goQuote(text)} for "${flagTitle(name, flag)}" flag: ${cause}`)
    }
    const before = values[name]
    values[name] = Array.isArray(value) && Array.isArray(before) && changed.has(name) ? [...before, ...value] : value
    changed.add(name)
    return undefined
  }

  const args: string[] = []
  let dash = -1
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const next = () => argv[++at]
    if (word === '--') {
      dash = args.length
      args.push(...argv.slice(at + 1))
      break
    }
    if (word.startsWith('--')) parseLong(flags, word, next, set)
    else if (word.startsWith('-') && word !== '-') parseShort(flags, word, next, set)
    else args.push(word)
  }
  // Every flag has been given a value of its own type above.
  return { args, dash, values: values as FlagValues<S>, changed }
}

type Setter = (name: string, flag: Flag, text: string) => undefined
type Next = () => string | undefined

function parseLong(flags: FlagSet, word: string, next: Next, set: Setter): undefined {
  const equals = word.indexOf('=')
  const given = word.slice(2, equals === -1 ? undefined : equals)
  if (given === '' || given.startsWith('-')) throw new FlagError(`bad flag syntax: ${word}`)
  const name = given.replaceAll('_', '-')
  const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
  if (!flag) {
    if (name === 'help') throw new HelpWanted()
    throw new FlagError(`unknown flag: --${given}`)
  }
  if (equals !== -1) return set(name, flag, word.slice(equals + 1))
  const alone = flag.type === 'boolean' ? 'true' : flag.optional
  if (alone !== undefined) return set(name, flag, alone)
  const value = next()
  if (value === undefined) throw new FlagError(`flag needs an argument: --${given}`)
  return set(name, flag, value)
}

function parseShort(flags: FlagSet, word: string, next: Next, set: Setter): undefined {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? ''
    const found = Object.entries(flags).find(([, flag]) => flag.short === letter)
    if (!found) {
      if (letter === 'h') throw new HelpWanted()
      throw new FlagError(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`)
    }
    const [name, flag] = found
    if (word[at + 1] === '=') return set(name, flag, word.slice(at + 2))
    const alone = flag.type === 'boolean' ? 'true' : flag.optional
    if (alone !== undefined) {
      set(name, flag, alone)
      continue
    }
    if (at + 1 < word.length) return set(name, flag, word.slice(at + 1))
    const value = next()
    if (value === undefined) throw new FlagError(`flag needs an argument: '${letter}' in -${word.slice(at)}`)
    return set(name, flag, value)
  }
  return undefined
}

/**
 * The words of a command's path, read up to the first that is not a command: flags and the values that they take are stepped
 * over. Returns the index of each positional word, so that a caller can cut them out.
 */
export function positionals(flags: FlagSet, argv: readonly string[]): number[] {
  const found: number[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') break
    if (!word.startsWith('-') || word === '-') {
      found.push(at)
      continue
    }
    if (word.includes('=')) continue
    const name = word.startsWith('--') ? word.slice(2).replaceAll('_', '-') : undefined
    const flag =
      name === undefined
        ? word.length === 2
          ? Object.values(flags).find(({ short }) => short === word[1])
          : undefined
        : flags[name]
    if (flag && flag.type !== 'boolean' && flag.optional === undefined) at++
  }
  return found
}

/** The global flags of a line that is still being typed: what does not parse is passed over. */
export function parseKnown(argv: readonly string[]): ParsedLine<typeof globalFlags> {
  const kept: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    if (word === '--') break
    const [head = ''] = word.split('=')
    const found = Object.entries<Flag>(globalFlags).find(
      ([name, { short }]) => head === `--${name}` || head === `-${short}`,
    )
    if (!found) continue
    const value = argv[at + 1]
    if (word.includes('=') || found[1].type === 'boolean') kept.push(word)
    else if (value !== undefined) {
      kept.push(word, value)
      at++
    }
  }
  try {
    return parseLine(globalFlags, kept)
  } catch {
    return parseLine(globalFlags, [])
  }
}
