import {
  isQualifiedName,
  isValidLabelValue,
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
} from '@wherry/apimachinery'
import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { CelType, listType, optionalType, stringType } from '../types/types.ts'
import { parseTimestamp } from '../values/time.ts'
import { ArrayList, none, noSuchOverload, Opaque, Optional } from '../values/value.ts'
import { parseRequestURI } from './uri.ts'

export const namedFormatType = new CelType('struct', 'kubernetes.NamedFormat')

/** A format that texts can be validated against: `format.dns1123Label()`. */
export class NamedFormat extends Opaque {
  readonly name: string
  readonly validate: (text: string) => string[]
  /** How long its regular expression is taken to be, for costs. */
  readonly maxRegexSize: number

  constructor(name: string, maxRegexSize: number, validate: (text: string) => string[]) {
    super()
    this.name = name
    this.maxRegexSize = maxRegexSize
    this.validate = validate
  }

  get type(): CelType {
    return namedFormatType
  }

  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.name === this.name
  }

  toString(): string {
    return this.name
  }
}

const unless = (valid: (text: string) => boolean, message: string) => (text: string) => (valid(text) ? [] : [message])
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined
const isDateTime = (text: string): boolean => parseTimestamp(text.toUpperCase()) !== undefined

function uriErrors(text: string): string[] {
  const parsed = parseRequestURI(text)
  return typeof parsed === 'string' ? [parsed] : []
}

const formats: ReadonlyMap<string, NamedFormat> = new Map([
  ['dns1123Label', new NamedFormat('DNS1123Label', 30, (text) => nameIsDNSLabel(text, false))],
  ['dns1123Subdomain', new NamedFormat('DNS1123Subdomain', 60, (text) => nameIsDNSSubdomain(text, false))],
  ['dns1035Label', new NamedFormat('DNS1035Label', 30, (text) => nameIsDNS1035Label(text, false))],
  ['qualifiedName', new NamedFormat('QualifiedName', 60, isQualifiedName)],
  ['dns1123LabelPrefix', new NamedFormat('DNS1123LabelPrefix', 30, (text) => nameIsDNSLabel(text, true))],
  ['dns1123SubdomainPrefix', new NamedFormat('DNS1123SubdomainPrefix', 60, (text) => nameIsDNSSubdomain(text, true))],
  ['dns1035LabelPrefix', new NamedFormat('DNS1035LabelPrefix', 30, (text) => nameIsDNS1035Label(text, true))],
  ['labelValue', new NamedFormat('LabelValue', 40, isValidLabelValue)],
  ['uri', new NamedFormat('URI', 1103, uriErrors)],
  [
    'uuid',
    new NamedFormat(
      'uuid',
      70,
      unless((text) => uuid.test(text), 'does not match the UUID format'),
    ),
  ],
  [
    'byte',
    new NamedFormat(
      'byte',
      84,
      unless((text) => base64.test(text), 'invalid base64'),
    ),
  ],
  ['date', new NamedFormat('date', 71, unless(isDate, 'invalid date'))],
  ['datetime', new NamedFormat('datetime', 71, unless(isDateTime, 'invalid datetime'))],
])

/** `format.named`, `format.<name>()` and `validate` (k8s `library/format.go`). */
export const formatLibrary: readonly FunctionDecl[] = [
  declare('validate', [
    member('format-validate', [namedFormatType, stringType], optionalType(listType(stringType)), (format, text) => {
      if (!(format instanceof NamedFormat) || typeof text !== 'string') return noSuchOverload()
      const errors = format.validate(text)
      return errors.length === 0 ? none : new Optional(new ArrayList(errors))
    }),
  ]),
  declare('format.named', [
    global('format-named', [stringType], optionalType(namedFormatType), (name) => {
      const format = typeof name === 'string' ? formats.get(name) : undefined
      return format === undefined ? none : new Optional(format)
    }),
  ]),
  ...[...formats].map(([name, format]) =>
    declare(`format.${name}`, [global(`format.${name}`, [], namedFormatType, () => format)]),
  ),
]
