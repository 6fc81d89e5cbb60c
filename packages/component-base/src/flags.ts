import { parseArgs } from 'node:util'
import { UserError } from './errors.ts'

/** One flag of a component, under the name that its upstream counterpart uses. */
export interface Flag {
  type: 'string' | 'number' | 'boolean'
  /** One line for `--help`; begins in lower case. */
  describe: string
  default?: string | number | boolean
  required?: boolean
  choices?: readonly string[]
}

type ValueOf<F extends Flag> = F['type'] extends 'number' ? number : F['type'] extends 'boolean' ? boolean : string
type Given<F extends Flag> = F extends { required: true } | { default: string | number | boolean }
  ? ValueOf<F>
  : ValueOf<F> | undefined

/** The parsed values, by flag. */
export type FlagValues<F extends Record<string, Flag>> = { [K in keyof F]: Given<F[K]> }

/** `--help` was asked for: the text to print. */
export class HelpRequested extends Error {
  override readonly name = 'HelpRequested'
}

/**
 * Parses a component's command line. Throws `UserError` for an unknown flag, a missing or malformed value, and
 * `HelpRequested` for `--help`. Boolean flags take `--x`, `--no-x` and `--x=true|false`, as Go's do.
 */
export function parseFlags<const F extends Record<string, Flag>>(
  component: string,
  flags: F,
  argv: readonly string[],
): FlagValues<F> {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type }]) => [
      name,
      { type: type === 'boolean' ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true, allowNegative: false })
  const values: Record<string, string | number | boolean | undefined> = {}
  for (const [name, flag] of Object.entries(flags)) values[name] = flag.default
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UserError(`unexpected argument "${token.value}"`)
    if (token.kind !== 'option') continue
    if (token.name === 'help') throw new HelpRequested(helpText(component, flags))
    const negated = token.name.startsWith('no-') && flags[token.name] === undefined
    const name = negated ? token.name.slice(3) : token.name
    const flag = flags[name]
    if (!flag || (negated && flag.type !== 'boolean')) {
      throw new UserError(`unknown flag: ${token.rawName}; see --help`)
    }
    values[name] = negated ? false : parseValue(name, flag, token.value)
  }
  for (const [name, flag] of Object.entries(flags)) {
    if (flag.required && values[name] === undefined) throw new UserError(`--${name} is required`)
  }
  // Every flag has been given its own type above.
  return values as FlagValues<F>
}

function parseValue(name: string, flag: Flag, text: string | undefined): string | number | boolean {
  const refuse = (problem: string) => new UserError(`invalid argument for --${name}: ${problem}`)
  if (flag.type === 'boolean') {
    if (text === undefined || text === 'true') return true
    if (text === 'false') return false
    throw refuse(`"${text}" is neither true nor false`)
  }
  if (text === undefined) throw refuse('it needs a value')
  if (flag.type === 'number') {
    if (!/^-?\d+(\.\d+)?$/.test(text)) throw refuse(`"${text}" is not a number`)
    return Number(text)
  }
  if (flag.choices && !flag.choices.includes(text)) {
    throw refuse(`"${text}" is not one of ${flag.choices.join(', ')}`)
  }
  return text
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
