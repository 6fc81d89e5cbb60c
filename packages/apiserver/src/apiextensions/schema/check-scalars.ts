import { deepEqual } from '@wherry/apimachinery'
import type { Findings } from './findings.ts'
import { goFloat } from './go-numbers.ts'
import { compilePattern } from './patterns.ts'
import type { Schema } from './schema.ts'

/** The first rule of a text that does not hold. */
export function checkText(schema: Schema, text: string, path: string, findings: Findings): void {
  const { maxLength, minLength, pattern } = schema
  if (maxLength !== undefined && lengthOf(text) > maxLength) {
    const message = `${path} in body should be at most ${maxLength} chars long`
    findings.add({ code: 'tooLong', name: path, message, value: text, max: maxLength })
  } else if (minLength !== undefined && lengthOf(text) < minLength) {
    const message = `${path} in body should be at least ${minLength} chars long`
    findings.add({ code: 'invalid', name: path, message, value: text })
  } else if (pattern) {
    const compiled = compilePattern(pattern)
    if ('error' in compiled) {
      const message = `${path} in body should match '${pattern}, but pattern is invalid: ${compiled.error}'`
      findings.add({ code: 'invalid', name: path, message, value: text })
    } else if (!compiled.test(text)) {
      const message = `${path} in body should match '${pattern}'`
      findings.add({ code: 'invalid', name: path, message, value: text })
    }
  }
}

/** Characters, not UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0
  for (const _char of text) length++
  return length
}

const int32 = { min: -(2 ** 31), max: 2 ** 31 - 1 }
const maxFloat32 = 3.4028235677973366e38

/** The rules of a number: whether it fits its format, and its bounds. */
export function checkNumber(
  schema: Schema,
  types: readonly string[],
  format: string,
  value: number | bigint,
  path: string,
  findings: Findings,
): void {
  const type = types.length === 1 && (types[0] === 'integer' || types[0] === 'number') ? types[0] : ''
  const misfit = (what: string) => {
    const as = format === '' ? '(default format)' : `with format ${format}`
    findings.add({ code: 'plain', name: '', message: `${what} value must be of type ${type} ${as} in ${path}` })
  }
  if (!fits(value, type, format)) misfit('Checked')
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema
  const whole = typeof value === 'bigint' || Number.isInteger(value)
  const shown = (bound: number) => (whole ? String(Math.trunc(bound)) : goFloat(bound))
  const say = (text: string) => findings.add({ code: 'invalid', name: path, message: `${path} in body ${text}`, value })
  if (multipleOf !== undefined) {
    if (!fits(multipleOf, type, format)) misfit('MultipleOf')
    if (!isMultiple(value, multipleOf)) say(`should be a multiple of ${goFloat(multipleOf)}`)
  }
  if (minimum !== undefined) {
    if (!fits(minimum, type, format)) misfit('Minimum boundary')
    if (exclusiveMinimum ? value <= minimum : value < minimum) {
      say(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${shown(minimum)}`)
    }
  }
  if (maximum !== undefined) {
    if (!fits(maximum, type, format)) misfit('Maximum boundary')
    if (exclusiveMaximum ? value >= maximum : value > maximum) {
      say(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${shown(maximum)}`)
    }
  }
}

function fits(value: number | bigint, type: string, format: string): boolean {
  if (type === 'integer') {
    if (typeof value === 'number' && !Number.isInteger(value)) return false
    return format !== 'int32' || (value >= int32.min && value <= int32.max)
  }
  return format !== 'float' || (value >= -maxFloat32 && value <= maxFloat32)
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === 'bigint') return Number.isInteger(factor) ? value % BigInt(factor) === 0n : true
  if (Number.isInteger(factor) && Number.isInteger(value)) return value % factor === 0
  const multiple = factor < 1 ? (1 / factor) * value : value / factor
  return Math.abs(multiple - Math.round(multiple)) < 1e-9
}

/** Whether the value is one of an enum's. */
export function isListed(value: unknown, listed: readonly unknown[]): boolean {
  return value !== null && listed.some((one) => one === value || deepEqual(one, value))
}

export function hasDuplicates(list: readonly unknown[]): boolean {
  return list.some((item, at) => list.slice(0, at).some((other) => deepEqual(other, item)))
}
