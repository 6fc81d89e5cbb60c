import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseYAML } from '../bodies/yaml-parser.ts'
import { isList, mapOf } from '../patch/json-map.ts'
import { Quantity } from './quantity.ts'

const tables = mapOf(parseYAML(readFileSync(new URL('testdata/quantities.yaml', import.meta.url), 'utf8'))[0])

/** The rows of a table; numbers beyond 2^53 are exact. */
function rowsOf(name: string): unknown[][] {
  const rows = tables[name]
  if (!isList(rows)) throw new Error(`no table ${name}`)
  return rows.map((row) => (isList(row) ? row : [row]).map(printable))
}

/** Test names are made of values, and BigInts have no JSON. */
function printable(value: unknown): unknown {
  if (isList(value)) return value.map(printable)
  return typeof value === 'bigint' ? String(value) : value
}

const parse = (text: unknown) => Quantity.parse(String(text))
const amount = (of: unknown): Quantity => {
  const [value, format] = isList(of) ? of : []
  return Quantity.of(BigInt(String(value)), format === 'BinarySI' ? 'BinarySI' : 'DecimalSI')
}

describe('a quantity', () => {
  it.each(rowsOf('parse'))('%s is %s in %s, with any sign', (text, value, format) => {
    for (const sign of ['', '+', '-']) {
      const found = parse(sign + text)
      expect(found.cmp(parse(sign.replace('+', '') + value))).toBe(0)
      expect(found.format).toBe(format)
    }
    expect(parse(`-${text}`).neg().cmp(parse(text))).toBe(0)
  })

  it.each(rowsOf('refuse'))('%j is refused', (text) => {
    expect(() => parse(text)).toThrow()
  })

  it.each(rowsOf('canonical'))('%s prints as %s', (text, want) => {
    expect(parse(text).toString()).toBe(want)
    if (want === '0' || /^-/.test(String(text))) return
    expect(parse(`-${text}`).toString()).toBe(`-${want}`)
  })

  it.each(rowsOf('cmp'))('%s against %s: %s', (a, b, want) => {
    expect(parse(a).cmp(parse(b))).toBe(want)
    expect(parse(b).cmp(parse(a)) + Number(want)).toBe(0)
  })

  it.each(rowsOf('round'))('%s in units of 10^%s is %s', (text, scale, want) => {
    expect(parse(text).scaledValue(Number(scale))).toBe(BigInt(String(want)))
  })

  it.each(rowsOf('compute'))('%j %s %j is %j', (a, sign, b, want) => {
    const [left, right] = [amount(a), amount(b)]
    const found = sign === '+' ? left.add(right) : sign === '-' ? left.sub(right) : left.mul(right.value())
    expect(found.cmp(amount(want))).toBe(0)
    expect(found.format).toBe(amount(want).format)
  })

  it.each(['100m', '1Gi'])('%s keeps its unit when nothing is added or taken away', (text) => {
    const [value, zero] = [parse(text), parse('0')]
    expect(value.add(zero).toString()).toBe(text)
    expect(zero.add(value).toString()).toBe(text)
    expect(value.sub(zero).toString()).toBe(text)
    expect(zero.sub(value).toString()).toBe(`-${text}`)
  })

  it.each([
    ['2Ki', 2048],
    ['1.1Ki', 1126.4],
    ['1Mi', 1048576],
    ['2Gi', 2147483648],
    ['7340032e8', 7340032e8],
    ['7340032e-8', 0.07340032],
    ['0.1', 0.1],
  ])('%s is about %s', (text, want) => {
    expect(parse(text).toNumber()).toBe(want)
  })

  it.each<[value: number, format: 'DecimalSI' | 'BinarySI', whole: string, milli: string]>([
    [1, 'DecimalSI', '1', '1m'],
    [1000, 'DecimalSI', '1k', '1'],
    [1234000, 'DecimalSI', '1234k', '1234'],
    [1024, 'BinarySI', '1Ki', '1024m'],
    [1024 * 1024, 'BinarySI', '1Mi', '1048576m'],
  ])('of %s in %s prints as %s, and as %s in thousandths', (value, format, whole, milli) => {
    expect([Quantity.of(value, format).toString(), Quantity.ofMilli(value, format).toString()]).toEqual([whole, milli])
  })
})
