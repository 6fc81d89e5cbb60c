import { isObject } from '../objects/json.ts'

/** A value as Go's `%v` writes it: maps as `map[a:1 b:2]` in order of keys, lists as `[1 2]`. */
export function goValue(value: unknown): string {
  if (value === undefined || value === null) return '<no value>'
  if (Array.isArray(value)) return `[${value.map(inner).join(' ')}]`
  if (isObject(value)) {
    const keys = Object.keys(value).sort()
    return `map[${keys.map((key) => `${key}:${inner(value[key])}`).join(' ')}]`
  }
  return String(value)
}

function inner(value: unknown): string {
  return value === undefined || value === null ? '<nil>' : goValue(value)
}

/** As Go's fmt.Sprint: a space between two operands when neither is a string. */
export function goPrint(args: readonly unknown[]): string {
  return args
    .map((arg, at) => (at > 0 && typeof arg !== 'string' && typeof args[at - 1] !== 'string' ? ' ' : '') + goValue(arg))
    .join('')
}

/** As Go's fmt.Sprintf for the verbs v, s, q, d, t, f, x, c and %, with flags, width and precision. */
export function formatGo(format: string, args: readonly unknown[]): string {
  let used = 0
  const out = format.replace(
    /%([-+# 0]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_all, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%'
      if (used >= args.length) return `%!${verb}(MISSING)`
      const text = one(args[used++], verb, precision)
      const size = Number(width)
      if (flags.includes('-')) return text.padEnd(size)
      return flags.includes('0') && typeof args[used - 1] === 'number' ? text.padStart(size, '0') : text.padStart(size)
    },
  )
  if (used >= args.length) return out
  const extra = args.slice(used).map((arg) => `${goType(arg)}=${goValue(arg)}`)
  return `${out}%!(EXTRA ${extra.join(', ')})`
}

function one(value: unknown, verb: string, precision: string | undefined): string {
  switch (verb) {
    case 'v':
      return goValue(value)
    case 's':
      if (typeof value === 'number' || typeof value === 'boolean') break
      return precision === undefined ? goValue(value) : goValue(value).slice(0, Number(precision))
    case 'q':
      if (typeof value === 'string') return JSON.stringify(value)
      break
    case 'd':
      if (Number.isInteger(value)) return String(value)
      break
    case 't':
      if (typeof value === 'boolean') return String(value)
      break
    case 'f':
      if (typeof value === 'number') return value.toFixed(precision === undefined ? 6 : Number(precision))
      break
    case 'x':
      if (typeof value === 'number') return value.toString(16)
      if (typeof value === 'string') return Buffer.from(value).toString('hex')
      break
    case 'c':
      if (typeof value === 'number') return String.fromCodePoint(value)
      break
  }
  return `%!${verb}(${goType(value)}=${goValue(value)})`
}

function goType(value: unknown): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64'
  if (Array.isArray(value)) return '[]interface {}'
  return isObject(value) ? 'map[string]interface {}' : '<nil>'
}
