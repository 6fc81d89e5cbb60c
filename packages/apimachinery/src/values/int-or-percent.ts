import { goQuote } from './go-quote.ts'

/**
 * The number that an int-or-string such as `2` or `25%` stands for, of a total. Throws in upstream's words for text
 * that is no percentage. As upstream: util/intstr, `GetScaledValueFromIntOrPercent`.
 */
export function intOrPercent(value: number | string, total: number, roundUp: boolean): number {
  if (typeof value === 'number') return value
  if (!value.endsWith('%')) throw new Error('invalid value for IntOrString: invalid type: string is not a percentage')
  const number = value.slice(0, -1)
  if (!/^[+-]?\d+$/.test(number)) {
    const cause = `strconv.Atoi: parsing ${goQuote(number)}: invalid syntax`
    throw new Error(`invalid value for IntOrString: invalid value ${goQuote(value)}: ${cause}`)
  }
  const scaled = (Number(number) * total) / 100
  return roundUp ? Math.ceil(scaled) : Math.floor(scaled)
}
