import { compareUtf8, isMap } from '../meta/deep.ts'
import { goQuote } from '../values/go-quote.ts'

/** A JSON value as Go's `fmt` prints it, since upstream's messages show values so. */
export const goFormat = {
  /** `%v` */
  plain(value: unknown): string {
    if (value === null || value === undefined) return '<nil>'
    if (Array.isArray(value)) return `[${value.map(goFormat.plain).join(' ')}]`
    if (isMap(value)) {
      const keys = Object.keys(value).sort(compareUtf8)
      return `map[${keys.map((key) => `${key}:${goFormat.plain(value[key])}`).join(' ')}]`
    }
    return typeof value === 'number' ? goNumber(value) : String(value)
  },
  /** `%#v` */
  source(value: unknown): string {
    if (value === null || value === undefined) return 'interface {}(nil)'
    if (Array.isArray(value)) return `[]interface {}{${value.map(goFormat.source).join(', ')}}`
    if (isMap(value)) {
      const keys = Object.keys(value).sort(compareUtf8)
      return `map[string]interface {}{${keys.map((key) => `${goQuote(key)}:${goFormat.source(value[key])}`).join(', ')}}`
    }
    if (typeof value === 'string') return goQuote(value)
    return typeof value === 'number' ? goNumber(value) : String(value)
  },
  /** `%T` */
  type(value: unknown): string {
    if (value === null || value === undefined) return '<nil>'
    if (Array.isArray(value)) return '[]interface {}'
    if (isMap(value)) return 'map[string]interface {}'
    if (typeof value === 'boolean') return 'bool'
    return typeof value === 'string' ? 'string' : 'float64'
  },
}

/** A float64 with `%v`: with an exponent from a million on. */
function goNumber(value: number): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential().split('e')[1])
  if (exponent < -4 || exponent >= 6) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
  }
  return String(value)
}
