import { UserError } from './errors.ts'
import type { Flag } from './flags.ts'

/** A flag's value from its text; throws `UserError` in the words of pflag and of Go's `strconv` and `time`. */
export function parseFlagValue(name: string, flag: Flag, text: string): string | number | boolean | readonly string[] {
  const refuse = (problem: string) =>
    new UserError(`invalid argument ${JSON.stringify(text)} for "--${name}" flag: ${problem}`)
  const value = read(flag.type, text, refuse)
  if (!flag.choices) return value
  for (const item of Array.isArray(value) ? value : [String(value)]) {
    if (!flag.choices.includes(item)) throw refuse(`${JSON.stringify(item)} is not one of ${flag.choices.join(', ')}`)
  }
  return value
}

function read(
  type: Flag['type'],
  text: string,
  refuse: (problem: string) => UserError,
): string | number | boolean | readonly string[] {
  switch (type) {
    case 'boolean':
      if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true
      if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false
      throw refuse(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
    case 'number':
      if (/^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(text)) return Number(text)
      throw refuse(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
    case 'duration': {
      const milliseconds = durationOf(text)
      if (milliseconds !== undefined) return milliseconds
      throw refuse(
        `time: ${text === '' || /\d$/.test(text) ? durationProblem(text) : 'invalid duration'} ${JSON.stringify(text)}`,
      )
    }
    case 'strings':
      return text === '' ? [] : text.split(',')
    case 'array':
      return [text]
    default:
      return text
  }
}

function durationProblem(text: string): string {
  return text === '' ? 'invalid duration' : 'missing unit in duration'
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** Go's `time.ParseDuration`, in milliseconds; undefined for what is none. */
function durationOf(text: string): number | undefined {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/.exec(text) ?? []
  if (rest === '0') return 0
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(rest)) return undefined
  let total = 0
  for (const [, amount, , , unit = ''] of rest.matchAll(/(\d+(\.\d*)?|(\.\d+))(ns|us|µs|ms|s|m|h)/g)) {
    total += Number(amount) * (units[unit] ?? 0)
  }
  return sign === '-' ? -total : total
}
