import { binarySuffix, decimalSuffix, type QuantityFormat, readSuffix } from './quantity-suffix.ts'

export type { QuantityFormat } from './quantity-suffix.ts'

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/
const formatWords = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const suffixWords = "unable to parse quantity's suffix"

const maxInt64 = 2n ** 63n - 1n
const minInt64 = -(2n ** 63n)
/** Where two quantities are further apart than this many digits, the smaller one does not count. */
const maxDigits = 1000
/** No amount needs so many digits; reading ever more of them would stall the process. */
const maxLength = 4096

/**
 * An amount of a resource: exact, with the unit it was written in. Immutable: arithmetic gives new quantities.
 * Parsing, rounding and the canonical form are those of upstream's api/resource: `0.5` is `500m`, `1024Ki` is `1Mi`,
 * `1.5Gi` is `1536Mi`; what is finer than a billionth is rounded up.
 */
export class Quantity {
  /** The value is `#mantissa` × 10^`#scale`. */
  readonly #mantissa: bigint
  readonly #scale: number
  readonly format: QuantityFormat
  #text: string | undefined

  private constructor(mantissa: bigint, scale: number, format: QuantityFormat, text?: string) {
    this.#mantissa = mantissa
    this.#scale = scale
    this.format = format
    this.#text = text
  }

  static readonly zero = new Quantity(0n, 0, 'DecimalSI', '0')

  /** A whole amount, such as bytes with `BinarySI`. */
  static of(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), 0, format)
  }

  /** Thousandths, as CPU is counted. */
  static ofMilli(value: bigint | number, format: QuantityFormat = 'DecimalSI'): Quantity {
    return new Quantity(BigInt(value), -3, format)
  }

  /** Throws in upstream's words where the text is no quantity. */
  static parse(text: string | number): Quantity {
    const source = String(text)
    if (source === '0') return Quantity.zero
    const match = source === '' ? null : pattern.exec(source)
    if (!match) throw new Error(formatWords)
    const [, sign, whole = '', fraction = '', unit = ''] = match
    const suffix = readSuffix(unit)
    if (!suffix) throw new Error(suffixWords)
    const digits = whole.replace(/^0+/, '') || '0'
    const shifted = digits + fraction
    if (shifted.length > maxLength) throw new Error('unable to parse numeric part of quantity')
    const mantissa = sign === '-' ? -BigInt(shifted) : BigInt(shifted)
    return suffix.base === 10
      ? Quantity.#decimal(mantissa, suffix.exponent - fraction.length, suffix.format, shifted, source)
      : Quantity.#binary(mantissa, fraction.length, suffix.exponent, digits.length, source)
  }

  static #decimal(mantissa: bigint, scale: number, format: QuantityFormat, digits: string, source: string): Quantity {
    if (scale < -9 || digits.length > 18) return new Quantity(...roundUp(mantissa, scale, -9), format)
    // Upstream keeps what is canonical already as it was written, and tells that by these three signs.
    const canonical = scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0')
    return new Quantity(mantissa, scale, format, canonical ? source : undefined)
  }

  static #binary(mantissa: bigint, decimals: number, exponent: number, digits: number, source: string): Quantity {
    const value = mantissa << BigInt(exponent)
    const fast = decimals === 0 && 14 - digits - Math.trunc((exponent * 3) / 10) >= 0
    if (fast) return new Quantity(value, 0, 'BinarySI', (mantissa & 7n) === 0n ? undefined : source)
    const [rounded, scale] = roundUp(value, -decimals, -9)
    const size = new Quantity(rounded, scale, 'BinarySI')
    if (size.#magnitude().cmp(Quantity.of(maxInt64)) > 0) {
      return new Quantity(mantissa < 0n ? -maxInt64 : maxInt64, 0, 'BinarySI')
    }
    const belowOne = size.sign() !== 0 && size.#magnitude().cmp(Quantity.of(1)) < 0
    return new Quantity(rounded, scale, belowOne ? 'DecimalSI' : 'BinarySI')
  }

  /** The sum, in this quantity's unit, or in the other's where this one is zero. */
  add(other: Quantity): Quantity {
    const format = this.isZero() ? other.format : this.format
    if (other.isZero()) return new Quantity(this.#mantissa, this.#scale, format)
    if (this.isZero()) return new Quantity(other.#mantissa, other.#scale, format)
    const scale = Math.min(this.#scale, other.#scale)
    if (Math.max(this.#scale, other.#scale) - scale > maxDigits) {
      const larger = this.#scale > other.#scale ? this : other
      return new Quantity(larger.#mantissa, larger.#scale, format)
    }
    return new Quantity(this.#at(scale) + other.#at(scale), scale, format)
  }

  sub(other: Quantity): Quantity {
    return this.add(other.neg())
  }

  neg(): Quantity {
    return new Quantity(-this.#mantissa, this.#scale, this.format)
  }

  mul(factor: bigint | number): Quantity {
    return new Quantity(this.#mantissa * BigInt(factor), this.#scale, this.format)
  }

  /** Negative, zero or positive as this is less than, equal to or more than the other. Units do not matter. */
  cmp(other: Quantity): number {
    const sign = this.sign()
    if (sign !== other.sign()) return sign < other.sign() ? -1 : 1
    if (sign === 0) return 0
    if (Math.abs(this.#scale - other.#scale) > maxDigits) {
      const longer = this.#digits() - other.#digits()
      if (longer !== 0) return longer > 0 ? sign : -sign
    }
    const scale = Math.min(this.#scale, other.#scale)
    const [a, b] = [this.#at(scale), other.#at(scale)]
    return a === b ? 0 : a < b ? -1 : 1
  }

  equals(other: Quantity): boolean {
    return this.cmp(other) === 0
  }

  isZero(): boolean {
    return this.#mantissa === 0n
  }

  sign(): -1 | 0 | 1 {
    return this.#mantissa === 0n ? 0 : this.#mantissa < 0n ? -1 : 1
  }

  /** The amount in whole units, rounded away from zero, within the range of int64. */
  value(): bigint {
    return this.scaledValue(0)
  }

  /** The same in thousandths. */
  milliValue(): bigint {
    return this.scaledValue(-3)
  }

  /** The same in units of 10^`scale`. */
  scaledValue(scale: number): bigint {
    if (this.#scale - scale > 19) return this.isZero() ? 0n : this.#mantissa < 0n ? minInt64 : maxInt64
    const [rounded, at] = roundUp(this.#mantissa, this.#scale, scale)
    const value = rounded * 10n ** BigInt(at - scale)
    return value > maxInt64 ? maxInt64 : value < minInt64 ? minInt64 : value
  }

  /** The nearest double. */
  toNumber(): number {
    return Number(`${this.#mantissa}e${this.#scale}`)
  }

  /** The canonical form: no fraction, and the largest unit that keeps the number whole. */
  toString(): string {
    this.#text ??= this.#canonical()
    return this.#text
  }

  toJSON(): string {
    return this.toString()
  }

  #canonical(): string {
    if (this.isZero()) return '0'
    if (this.format === 'BinarySI' && this.#magnitude().cmp(Quantity.of(1024)) >= 0) {
      const [whole, scale] = roundUp(this.#mantissa, this.#scale, 0)
      if (new Quantity(whole, scale, 'BinarySI').equals(this)) {
        return binaryText(whole * 10n ** BigInt(Math.min(scale, maxDigits)))
      }
    }
    let [amount, exponent] = removeTens(this.#mantissa, this.#scale)
    // A quantity of a binary unit that has a fraction, or is below 1024, shows as a decimal one.
    for (; exponent % 3 !== 0; exponent--) amount *= 10n
    return `${amount}${decimalSuffix(exponent, this.format === 'BinarySI' ? 'DecimalSI' : this.format)}`
  }

  #magnitude(): Quantity {
    return this.#mantissa < 0n ? this.neg() : this
  }

  #at(scale: number): bigint {
    return scale === this.#scale ? this.#mantissa : this.#mantissa * 10n ** BigInt(this.#scale - scale)
  }

  #digits(): number {
    return String(this.#mantissa < 0n ? -this.#mantissa : this.#mantissa).length + this.#scale
  }
}

/** The number at no finer a scale than `finest`, rounded away from zero. */
function roundUp(mantissa: bigint, scale: number, finest: number): [mantissa: bigint, scale: number] {
  if (scale >= finest || mantissa === 0n) return [mantissa, Math.max(scale, finest)]
  const one = mantissa < 0n ? -1n : 1n
  if (finest - scale > String(mantissa).length) return [one, finest]
  const divisor = 10n ** BigInt(finest - scale)
  const quotient = mantissa / divisor
  return [quotient * divisor === mantissa ? quotient : quotient + one, finest]
}

function removeTens(mantissa: bigint, scale: number): [mantissa: bigint, scale: number] {
  const digits = String(mantissa)
  const zeros = digits.length - digits.replace(/0+$/, '').length
  return [zeros === 0 ? mantissa : BigInt(digits.slice(0, -zeros)), scale + zeros]
}

function binaryText(value: bigint): string {
  let [amount, power] = [value, 0]
  for (; power < 6 && amount % 1024n === 0n; power++) amount /= 1024n
  return `${amount}${binarySuffix(power)}`
}
