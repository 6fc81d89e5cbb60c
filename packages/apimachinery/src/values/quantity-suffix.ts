/** The three ways to write a quantity's unit: `12Mi`, `12M` and `12e6`. A quantity keeps the one it was written in. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

export interface Suffix {
  base: 2 | 10
  exponent: number
  format: QuantityFormat
}

const decimal: [suffix: string, exponent: number][] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]
const binary: [suffix: string, exponent: number][] = [
  ['Ki', 10],
  ['Mi', 20],
  ['Gi', 30],
  ['Ti', 40],
  ['Pi', 50],
  ['Ei', 60],
]
const suffixes: ReadonlyMap<string, Suffix> = new Map([
  ...decimal.map(([suffix, exponent]): [string, Suffix] => [suffix, { base: 10, exponent, format: 'DecimalSI' }]),
  ...binary.map(([suffix, exponent]): [string, Suffix] => [suffix, { base: 2, exponent, format: 'BinarySI' }]),
])
const decimalByExponent = new Map(decimal.map(([suffix, exponent]) => [exponent, suffix]))
const binaryByExponent = new Map(binary.map(([suffix, exponent]) => [exponent, suffix]))

/** What a suffix means, or undefined where it means nothing. */
export function readSuffix(text: string): Suffix | undefined {
  const known = suffixes.get(text)
  if (known) return known
  const exponent = /^[eE]([+-]?\d+)$/.exec(text)?.[1]
  if (exponent === undefined || exponent.length > 12 || Math.abs(Number(exponent)) > 0x7fffffff) return undefined
  return { base: 10, exponent: Number(exponent), format: 'DecimalExponent' }
}

/** The suffix of a power of ten. Where the asked format has none so large, the exponent itself is written. */
export function decimalSuffix(exponent: number, format: QuantityFormat): string {
  if (format === 'DecimalSI') {
    const suffix = decimalByExponent.get(exponent)
    if (suffix !== undefined) return suffix
  }
  return exponent === 0 ? '' : `e${exponent}`
}

/** The suffix of a power of 1024, up to the sixth. */
export function binarySuffix(power: number): string {
  return binaryByExponent.get(power * 10) ?? ''
}
