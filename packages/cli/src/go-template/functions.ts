import { compareValues } from '@wherry/apimachinery'
import { isObject } from '../objects/json.ts'
import { formatGo, goPrint, goValue } from './format.ts'

/** Go's notion of a value that counts as true: not zero, not empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (isObject(value)) return Object.keys(value).length > 0
  return Boolean(value)
}

type Fn = (...args: unknown[]) => unknown

const equal = (left: unknown, right: unknown) => compareValues(left, '==', right)

/** The functions of text/template, and the two that kubectl adds: `exists` and `base64decode`. */
export const functions: Readonly<Record<string, Fn>> = {
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find(isTrue) ?? args.at(-1),
  not: (arg) => !isTrue(arg),
  len: (arg) => {
    if (typeof arg === 'string') return Buffer.byteLength(arg)
    if (Array.isArray(arg)) return arg.length
    if (isObject(arg)) return Object.keys(arg).length
    throw new Error(`error calling len: len of type ${arg === undefined || arg === null ? 'nil' : typeof arg}`)
  },
  index: (value, ...keys) => keys.reduce(indexInto, value),
  slice: (value, start, end) => {
    const from = typeof start === 'number' ? start : 0
    const to = typeof end === 'number' ? end : undefined
    if (typeof value === 'string' || Array.isArray(value)) return value.slice(from, to)
    throw new Error(`error calling slice: can't slice item of type ${typeof value}`)
  },
  print: (...args) => goPrint(args),
  println: (...args) => `${args.map(goValue).join(' ')}\n`,
  printf: (format, ...args) => formatGo(typeof format === 'string' ? format : goValue(format), args),
  eq: (left, ...rights) => rights.some((right) => equal(left, right)),
  ne: (left, right) => !equal(left, right),
  lt: (left, right) => compareValues(left, '<', right),
  le: (left, right) => compareValues(left, '<=', right),
  gt: (left, right) => compareValues(left, '>', right),
  ge: (left, right) => compareValues(left, '>=', right),
  html: (...args) => goPrint(args).replace(/[<>&'"]/g, (letter) => `&#${letter.charCodeAt(0)};`),
  js: (...args) => JSON.stringify(goPrint(args)).slice(1, -1),
  urlquery: (...args) => encodeURIComponent(goPrint(args)).replaceAll('%20', '+'),
  base64decode: (arg) => Buffer.from(typeof arg === 'string' ? arg : '', 'base64').toString('utf8'),
  exists: (value, ...keys) => {
    let at = value
    for (const key of keys) {
      if (Array.isArray(at) && typeof key === 'number') at = at[key]
      else if (isObject(at) && typeof key === 'string') at = at[key]
      else return false
    }
    return at !== undefined && at !== null
  },
}

function indexInto(value: unknown, key: unknown): unknown {
  if (Array.isArray(value) && typeof key === 'number') {
    if (key < 0 || key >= value.length) throw new Error(`error calling index: reflect: slice index out of range`)
    return value[key]
  }
  if (isObject(value) && typeof key === 'string') return value[key]
  throw new Error(
    `error calling index: can't index item of type ${value === null || value === undefined ? 'nil' : typeof value}`,
  )
}
