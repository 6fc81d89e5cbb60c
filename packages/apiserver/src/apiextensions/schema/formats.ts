import { isIPv6 } from 'node:net'
import { isDNS1123Label, isDNS1123Subdomain, parseTime } from '@wherry/apimachinery'
import type { Schema } from './schema.ts'

type Test = (text: string) => boolean

const uuid = (third: string, fourth: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${third}[0-9a-f]{3}-?${fourth}[0-9a-f]{3}-?[0-9a-f]{12}$`, 'i')
const digit = '[0-9a-f]'
const matches =
  (pattern: RegExp): Test =>
  (text) =>
    pattern.test(text)

/**
 * The formats of text that are checked, under names without dashes: those of kube-openapi's `strfmt` that
 * apiextensions-apiserver lets through. A schema may name others; they mean nothing then.
 */
const formats: Readonly<Record<string, Test>> = {
  bsonobjectid: matches(/^[0-9a-f]{24}$/i),
  uri: isRequestURI,
  email: isEmail,
  hostname: isHostname,
  ipv4: (text) => text.includes('.') && !text.includes(':') && isSloppyIPv4(text),
  ipv6: (text) => text.includes(':') && isIPv6(text),
  cidr: isCIDR,
  mac: matches(
    /^(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}(?:(?:[0-9a-f]{2}\1){2})?(?:(?:[0-9a-f]{2}\1){12})?[0-9a-f]{2}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}(?:\.[0-9a-f]{4})?)$/i,
  ),
  uuid: matches(uuid(digit, digit)),
  uuid3: matches(uuid('3', digit)),
  uuid4: matches(uuid('4', '[89ab]')),
  uuid5: matches(uuid('5', '[89ab]')),
  isbn: (text) => isISBN10(text) || isISBN13(text),
  isbn10: isISBN10,
  isbn13: isISBN13,
  creditcard: isCreditCard,
  ssn: matches(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matches(/^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: matches(
    /^rgb\(\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*,\s*(0|[1-9]\d?|1\d\d?|2[0-4]\d|25[0-5])\s*\)$/,
  ),
  byte: matches(/^(?:[A-Za-z0-9+\\/]{4})*(?:[A-Za-z0-9+\\/]{2}==|[A-Za-z0-9+\\/]{3}=|[A-Za-z0-9+\\/]{4})$/),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: (text) => isDNS1123Label(text).length === 0,
  k8slongname: (text) => isDNS1123Subdomain(text).length === 0,
}

const normalized = (format: string): string => format.replaceAll('-', '')

/** Whether a schema's format means something for its type. As upstream: `GetUnrecognizedFormats`. */
export function isRecognizedFormat({ type = '', format = '', ...rest }: Schema): boolean {
  const own = rest['x-kubernetes-int-or-string'] ? '' : type
  if (own === '' || own === 'string') return Object.hasOwn(formats, normalized(format))
  if (own === 'integer') return format === 'int32' || format === 'int64'
  return own === 'number' && (format === 'float' || format === 'double')
}

/** The test of a format of text; undefined where it is none. */
export function formatTest(format: string): Test | undefined {
  const name = normalized(format)
  return Object.hasOwn(formats, name) ? formats[name] : undefined
}

function isRequestURI(text: string): boolean {
  if (text === '' || /[\s\p{Cc}]/u.test(text)) return false
  if (text.startsWith('/')) return true
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:[^\s]*$/.test(text) && URL.canParse(text)
}

function isEmail(text: string): boolean {
  const address = /^(?:[^<>]*<([^<>]+)>|([^<>]+))$/.exec(text.trim())
  const plain = (address?.[1] ?? address?.[2] ?? '').trim()
  return /^(?:"(?:[^"\\]|\\.)*"|[^\s@"(),:;<>[\\\]]+)@[^\s@"(),;<>[\\\]]+$/u.test(plain) && !/^\.|\.\.|\.@/.test(plain)
}

const hostname =
  /^([a-zA-Z0-9\p{S}\p{L}]((-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?)|([a-zA-Z0-9\p{S}\p{L}](([a-zA-Z0-9-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?)(\.)){1,}([a-zA-Z\p{L}]){2,63})$/u

function isHostname(text: string): boolean {
  if (text.length > 255 || Buffer.byteLength(text) > 255 || text.split('.').some((label) => label.length > 63))
    return false
  return hostname.test(text)
}

function isSloppyIPv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^\d{1,10}$/.test(part) && Number(part) <= 255)
}

function isCIDR(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/')
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false
  if (address.includes(':')) return isIPv6(address) && Number(bits) <= 128
  return isSloppyIPv4(address) && Number(bits) <= 32
}

function isISBN10(text: string): boolean {
  const plain = text.replace(/[\s-]+/g, '')
  if (!/^\d{9}[\dX]$/.test(plain)) return false
  const sum = [...plain].reduce((all, char, at) => all + (at + 1) * (char === 'X' ? 10 : Number(char)), 0)
  return sum % 11 === 0
}

function isISBN13(text: string): boolean {
  const plain = text.replace(/[\s-]+/g, '')
  if (!/^\d{13}$/.test(plain)) return false
  const sum = [...plain].reduce((all, char, at) => all + Number(char) * (at % 2 === 0 ? 1 : 3), 0)
  return sum % 10 === 0
}

const card =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|(222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11}|6[27][0-9]{14})$/

function isCreditCard(text: string): boolean {
  const plain = text.replace(/[^0-9]+/g, '')
  if (!card.test(plain)) return false
  const sum = [...plain].reverse().reduce((all, char, at) => {
    const value = Number(char) * (at % 2 === 0 ? 1 : 2)
    return all + (value > 9 ? value - 9 : value)
  }, 0)
  return sum % 10 === 0
}

function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && isTime(`${text}T00:00:00Z`)
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/.exec(text)
  return match !== null && isTime(`${match[1]}T${match[2]}Z`)
}

function isTime(text: string): boolean {
  try {
    parseTime(text)
    return true
  } catch {
    return false
  }
}

const goDuration = /^[-+]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const scalaDuration =
  /^\s*\d+\s*(?:ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)\s*$/i

function isDuration(text: string): boolean {
  return goDuration.test(text) || scalaDuration.test(text)
}
