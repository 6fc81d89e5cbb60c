import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intOrPercent } from './int-or-percent.ts'
import { Quantity } from './quantity.ts'

const formatWords = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

describe('a quantity', () => {
  it.each([
    ['0', '0'],
    ['0n', '0'],
    ['0Ki', '0'],
    ['-0', '0'],
    ['1', '1'],
    ['10', '10'],
    ['1000', '1k'],
    ['100000', '100k'],
    ['0.5', '500m'],
    ['1.5', '1500m'],
    ['.001', '1m'],
    ['1n', '1n'],
    ['0.1n', '1n'],
    ['-0.1n', '-1n'],
    ['1.1n', '2n'],
    ['1Ki', '1Ki'],
    ['1024Ki', '1Mi'],
    ['1Gi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Gi', '512Mi'],
    ['1000Ki', '1000Ki'],
    ['1000Mi', '1000Mi'],
    ['0.5Mi', '512Ki'],
    ['0.5Ki', '512'],
    ['1.1Ki', '1126400m'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['1000e0', '1e3'],
    ['1e-3', '1e-3'],
    ['15e-1', '1500e-3'],
    ['1E', '1E'],
    ['1M', '1M'],
    ['1000M', '1G'],
    ['0.0001M', '100'],
    ['100m', '100m'],
    ['1000m', '1'],
    ['1100m', '1100m'],
    ['9223372036854775807', '9223372036854775807'],
    ['100Ei', '9223372036854775807'],
    ['-1Ki', '-1Ki'],
    ['12345678901234567890123', '12345678901234567890123'],
  ])('%s is %s', (text, want) => {
    expect(Quantity.parse(text).toString()).toBe(want)
  })

  it('may come as a number', () => {
    expect(Quantity.parse(1.5).toString()).toBe('1500m')
    expect(Quantity.parse(1e21).cmp(Quantity.parse('1000E'))).toBe(0)
  })

  it.each([
    ['', formatWords],
    ['abc', formatWords],
    ['1 ', formatWords],
    ['1.2.3', formatWords],
    ['1,5', formatWords],
    ['1mi', "unable to parse quantity's suffix"],
    ['1K', "unable to parse quantity's suffix"],
    ['1KiB', formatWords],
    ['1e', "unable to parse quantity's suffix"],
    ['1ee3', "unable to parse quantity's suffix"],
    ['1-5', "unable to parse quantity's suffix"],
    [`1${'0'.repeat(5000)}`, 'unable to parse numeric part of quantity'],
  ])('%j is refused', (text, want) => {
    expect(() => Quantity.parse(text)).toThrow(want)
  })

  const quantities = fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      fc.nat(1_000_000),
      fc.option(fc.nat(9999), { nil: undefined }),
      fc.constantFrom('', 'n', 'u', 'm', 'k', 'M', 'G', 'T', 'Ki', 'Mi', 'Gi', 'e3', 'e-2', 'E2'),
    )
    .map(([sign, whole, fraction, unit]) => `${sign}${whole}${fraction === undefined ? '' : `.${fraction}`}${unit}`)

  it('has a canonical form that stays as it is and means the same', () => {
    fc.assert(
      fc.property(quantities, (text) => {
        const quantity = Quantity.parse(text)
        const again = Quantity.parse(quantity.toString())
        expect(again.cmp(quantity)).toBe(0)
        expect(again.toString()).toBe(quantity.toString())
      }),
    )
  })

  it('adds up exactly', () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const [x, y] = [Quantity.parse(a), Quantity.parse(b)]
        expect(x.add(y).cmp(y.add(x))).toBe(0)
        expect(x.add(y).sub(y).cmp(x)).toBe(0)
        expect(x.sub(x).isZero()).toBe(true)
        expect(x.cmp(y)).toBe(-y.cmp(x) || 0)
        expect(Math.sign(x.sub(y).sign())).toBe(x.cmp(y))
      }),
    )
    expect(Quantity.parse('100m').add(Quantity.parse('200m')).toString()).toBe('300m')
    expect(Quantity.parse('0').add(Quantity.parse('1Gi')).toString()).toBe('1Gi')
    expect(Quantity.parse('1Gi').add(Quantity.parse('1M')).toString()).toBe('1074741824')
    expect(Quantity.parse('1').sub(Quantity.parse('1500m')).toString()).toBe('-500m')
  })

  it('has whole units and thousandths, rounded up', () => {
    expect(Quantity.parse('1500m').value()).toBe(2n)
    expect(Quantity.parse('-1500m').value()).toBe(-2n)
    expect(Quantity.parse('1u').milliValue()).toBe(1n)
    expect(Quantity.parse('2').milliValue()).toBe(2000n)
    expect(Quantity.parse('1Gi').value()).toBe(2n ** 30n)
    expect(Quantity.parse('1e300').value()).toBe(2n ** 63n - 1n)
    expect(Quantity.of(2048, 'BinarySI').toString()).toBe('2Ki')
    expect(Quantity.ofMilli(250).toString()).toBe('250m')
    expect(Quantity.parse('250m').mul(4).toString()).toBe('1')
  })

  it('of any size is compared and added without stalling', () => {
    const huge = Quantity.parse('1e2000000000')
    expect(huge.cmp(Quantity.parse('1'))).toBe(1)
    expect(Quantity.parse('-1').cmp(huge)).toBe(-1)
    expect(huge.cmp(Quantity.parse('1e1999999999'))).toBe(1)
    expect(huge.neg().value()).toBe(-(2n ** 63n))
    expect(huge.add(Quantity.parse('1')).cmp(huge)).toBe(0)
    expect(Quantity.parse('1e-2000000000').toString()).toBe('1e-9')
    expect(huge.toString()).toBe('100e1999999998')
  })
})

describe('an int or percentage', () => {
  it.each([
    [3, true, 3],
    ['25%', true, 3],
    ['25%', false, 2],
    ['0%', true, 0],
    ['100%', false, 10],
  ])('%j of 10, rounded up: %s, is %d', (value, up, want) => {
    expect(intOrPercent(value, 10, up)).toBe(want)
  })

  it('that is neither is refused', () => {
    expect(() => intOrPercent('3', 1, true)).toThrow('invalid type: string is not a percentage')
    expect(() => intOrPercent('x%', 1, true)).toThrow('invalid value "x%": strconv.Atoi: parsing "x": invalid syntax')
  })
})
