import { UserError } from './errors.ts'
import { parseFlagValue } from './flag-value.ts'

/**
 * One flag of a component, under the name that its upstream counterpart uses. Lists come in pflag's two kinds: `strings`
 * may be separated by commas and given again, `array` takes one value each time. A `duration` is in milliseconds.
 */
export interface Flag {
  type: 'string' | 'number' | 'boolean' | 'strings' | 'array' | 'duration'
  /** One line for `--help`; begins in lower case. */
  describe: string
  default?: string | number | boolean | readonly string[]
  required?: boolean
  /** The values that mean something here; of a list, each item must be one of them. */
  choices?: readonly string[]
}

type ValueOf<F extends Flag> = F['type'] extends 'number' | 'duration'
  ? number
  : F['type'] extends 'boolean'
    ? boolean
    : F['type'] extends 'strings' | 'array'
      ? readonly string[]
      : string
type Given<F extends Flag> = F extends { required: true } | { default: string | number | boolean | readonly string[] }
  ? ValueOf<F>
  : ValueOf<F> | undefined

/** The parsed values, by flag. */
export type FlagValues<F extends Record<string, Flag>> = { [K in keyof F]: Given<F[K]> }

/** `--help` or `--version` was asked for: the text to print. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested'
}

type Value = string | number | boolean | readonly string[] | undefined

/**
 * Parses a component's command line as pflag does for upstream's: `--name=value`, `--name value`, `--on` for a boolean,
 * `_` for `-` in names, and of repeated flags the last one counts, but for lists. Throws `UserError` in pflag's words
 * for an unknown flag, a missing or malformed value; `HelpRequested` for `--help` and `--version`.
 */
export function parseFlags<const F extends Record<string, Flag>>(
  component: string,
  flags: F,
  argv: readonly string[],
): FlagValues<F> {
  const values: Record<string, Value> = {}
  for (const [name, flag] of Object.entries(flags)) values[name] = defaultOf(flag)
  const given = new Set<string>()
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? ''
    if (word === '-h' || word === '--help') throw new HelpRequested(helpText(component, flags))
    if (word === '--version' || word === '--version=true') throw new HelpRequested('Kubernetes v1.36.0')
    if (!word.startsWith('-') || word === '-') {
      throw new UserError(`"${component}" does not take any arguments, got ${JSON.stringify([word])}`)
    }
    const { name, flag, inline } = flagOf(word, flags)
    const next = argv[i + 1]
    const text = inline ?? (flag.type === 'boolean' ? 'true' : next)
    if (text === undefined) throw new UserError(`flag needs an argument: ${word}`)
    if (inline === undefined && flag.type !== 'boolean') i++
    const value = parseFlagValue(name, flag, text)
    const before = values[name]
    values[name] = Array.isArray(value) && Array.isArray(before) && given.has(name) ? [...before, ...value] : value
    given.add(name)
  }
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.required && values[name] === undefined) throw new UserError(`--${name} is required`)
  }
  // Every flag has been given its own type above.
  return values as FlagValues<F>
}

function defaultOf(flag: Flag): Value {
  if (flag.default === undefined || flag.type !== 'duration') return flag.default
  return Number(parseFlagValue('', flag, String(flag.default)))
}

/** The flag that a word names; `-v` is short for `--v`. */
function flagOf(word: string, flags: Record<string, Flag>): { name: string; flag: Flag; inline: string | undefined } {
  const short = /^-v(?:=?(\d+))?$/.exec(word)
  const [, long = '', inline] = short ? ['', 'v', short[1]] : (/^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [])
  const name = long.replaceAll('_', '-')
  const flag = word.startsWith('--') || short ? flags[name] : undefined
  if (flag) return { name, flag, inline }
  if (word.startsWith('--')) throw new UserError(`unknown flag: --${long}`)
  throw new UserError(`unknown shorthand flag: '${word[1]}' in ${word}`)
}

function helpText(component: string, flags: Record<string, Flag>): string {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const value = flag.type === 'boolean' ? '' : ` ${flag.choices?.join('|') ?? flag.type.toUpperCase()}`
    const note = flag.required ? ' (required)' : flag.default === undefined ? '' : ` (default ${flag.default})`
    return [`  --${name}${value}`, `${flag.describe}${note}`] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length)) + 3
  return [`Usage: ${component} [flags]`, '', ...rows.map(([left, right]) => left.padEnd(width) + right)].join('\n')
}
