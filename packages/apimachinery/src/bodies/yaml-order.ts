/**
 * The order of keys in go-yaml's output: letters by code point and after all else, runs of digits by their value.
 * Negative where `a` stands before `b`.
 */
export function compareKeys(a: string, b: string): number {
  const [x, y] = [[...a], [...b]]
  const length = Math.min(x.length, y.length)
  let at = 0
  while (at < length && x[at] === y[at]) at++
  if (at === length) return x.length - y.length
  const [charA = '', charB = ''] = [x[at], y[at]]
  const [letterA, letterB] = [isLetter(charA), isLetter(charB)]
  if (letterA && letterB) return codePoint(charA) - codePoint(charB)
  if (letterA !== letterB) return letterB ? -1 : 1
  // A zero within a number is a digit like others; zeros in front of one are not.
  const inside = (charA === '0' || charB === '0') && insideNumber(x, at) ? '1' : ''
  const [digitsA, digitsB] = [digits(x, at), digits(y, at)]
  const [numberA, numberB] = [BigInt(`0${inside}${digitsA}`), BigInt(`0${inside}${digitsB}`)]
  if (numberA !== numberB) return numberA < numberB ? -1 : 1
  if (digitsA.length !== digitsB.length) return digitsA.length - digitsB.length
  return codePoint(charA) - codePoint(charB)
}

const isLetter = (char: string): boolean => /\p{L}/u.test(char)
const isDigit = (char: string | undefined): boolean => char !== undefined && char >= '0' && char <= '9'
const codePoint = (char: string): number => char.codePointAt(0) ?? 0

function insideNumber(chars: readonly string[], at: number): boolean {
  for (let i = at - 1; i >= 0 && isDigit(chars[i]); i--) if (chars[i] !== '0') return true
  return false
}

function digits(chars: readonly string[], from: number): string {
  let end = from
  while (isDigit(chars[end])) end++
  return chars.slice(from, end).join('')
}

/** A number as go-yaml prints it: integers whole, others with an exponent where they are large or small. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  if (Object.is(value, -0)) return '0'
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return BigInt(value).toString()
  const [mantissa = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}
