import { posix } from 'node:path'
import { badRequest, parseJSON } from '@wherry/apimachinery'

/** Where the next page of a list begins; a revision of -1 stands for the latest. */
export interface ContinueToken {
  readonly revision: number
  /** The first key that may be on the page. */
  readonly start: string
}

const tokenVersion = 'meta.k8s.io/v1'

/** As upstream: storage/continue.go. */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: tokenVersion, rv: revision, start })).toString('base64url')
}

/** Throws 400 for what is no token of this server. */
export function decodeContinue(text: string): ContinueToken {
  const { v = '', rv = 0, start = '' } = parse(text)
  if (v !== tokenVersion) throw refuse(`server does not recognize this encoded version ${String(v)}`)
  if (rv === 0) throw refuse(`incorrect encoded start resourceVersion (version ${tokenVersion})`)
  if (start === '') throw refuse(`encoded start key empty (version ${tokenVersion})`)
  const key = start.startsWith('/') ? start : `/${start}`
  if (posix.normalize(key).replace(/(.)\/$/, '$1') !== key) throw refuse(start)
  return { revision: rv, start: key.slice(1) }
}

function refuse(problem: string, options?: ErrorOptions) {
  return badRequest(`invalid continue token: continue key is not valid: ${problem}`, options)
}

function parse(text: string): { v?: string; rv?: number; start?: string } {
  const foreign = text.search(/[^A-Za-z0-9_-]/)
  // Four characters are three bytes; one alone is none.
  const fault = foreign >= 0 ? foreign : text.length % 4 === 1 ? text.length - 1 : -1
  if (fault >= 0) throw refuse(`illegal base64 data at input byte ${fault}`)
  let value: unknown
  try {
    value = parseJSON(Buffer.from(text, 'base64url'))
  } catch (cause) {
    throw refuse(cause instanceof Error ? cause.message : String(cause), { cause })
  }
  const mismatch = (word: string, target: string) => refuse(`json: cannot unmarshal ${word} into Go ${target}`)
  if (value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw mismatch(wordOf(value), 'value of type storage.continueToken')
  const { v, rv, start }: { v?: unknown; rv?: unknown; start?: unknown } = value
  const textOf = (name: string, member: unknown): string => {
    if (typeof member === 'string') return member
    if (member === undefined || member === null) return ''
    throw mismatch(wordOf(member), `struct field continueToken.${name} of type string`)
  }
  if (rv !== undefined && rv !== null && !Number.isSafeInteger(rv)) {
    throw mismatch(wordOf(rv), 'struct field continueToken.rv of type int64')
  }
  return { v: textOf('v', v), rv: Number(rv ?? 0), start: textOf('start', start) }
}

/** What Go calls a JSON value. */
function wordOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return `number ${value}`
  return typeof value
}
