import { notAcceptable, unsupportedMediaType } from '@wherry/apimachinery'
import { type AcceptClause, parseAccept } from './accept.ts'
import { mediaTypeOf } from './media-type.ts'
import type { RequestInfo } from './request-info.ts'

export type Encoding = 'json' | 'yaml' | 'protobuf'

/** What the client wants back. As upstream: endpoints/handlers/negotiation. */
export interface Wanted {
  readonly encoding: Encoding
  readonly pretty: boolean
  /** A form other than the object's own: its parameters are `as`, `g` and `v`. */
  readonly as?: Target
}

export interface Target {
  readonly kind: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'
  readonly version: 'v1' | 'v1beta1'
}

/** What an endpoint can answer with. */
export interface Offer {
  /** Whether objects may be turned into `Table`s and the like; true unless told. */
  readonly transforms?: boolean
  /** Whether objects have a form as `Table`; true unless told. */
  readonly table?: boolean
  /** Whether the objects themselves have no protobuf form, as custom resources; their metadata has one nevertheless. */
  readonly custom?: boolean
}

export const mediaTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
}

/** In the server's order of preference, which is that of the error's text too. */
const offered: readonly Encoding[] = ['json', 'yaml', 'protobuf']
const typeNames = offered.map((encoding) => mediaTypes[encoding]).join(', ')
const streamNames = `${mediaTypes.json};stream=watch, ${mediaTypes.protobuf};stream=watch`

/** Chooses among the encodings by the `Accept` header. Throws 406 when nothing fits. */
export function negotiate(
  accept: string | undefined,
  userAgent: string | undefined,
  { query }: Pick<RequestInfo, 'query'>,
  offer: Offer = {},
): Wanted {
  const pretty = wantsPretty(query, userAgent)
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return { encoding: 'json', pretty }
  }
  for (const clause of parseAccept(accept)) {
    for (const encoding of offered) {
      if (!covers(clause, encoding)) continue
      const as = targetOf(clause, encoding, offer)
      if (as === 'refused') continue
      const wanted = { encoding, pretty: pretty || clause.parameters.get('pretty') === '1' }
      return as ? { ...wanted, as } : wanted
    }
  }
  throw notAcceptable(`only the following media types are accepted: ${typeNames}`)
}

/** Refuses with 406 what a watch cannot be written in, once the rest of the request is known to be good. */
export function checkStreamable({ encoding }: Wanted): void {
  if (encoding === 'yaml') throw notAcceptable(`only the following media types are accepted: ${streamNames}`)
}

/** The encoding of a body. Throws 415. */
export function bodyEncoding(contentType: string | undefined): Encoding {
  if (contentType === undefined || contentType === '' || contentType === 'application/json') return 'json'
  const type = mediaTypeOf(contentType)
  const encoding = offered.find((candidate) => mediaTypes[candidate] === type)
  if (!encoding) throw unacceptedBody(typeNames)
  return encoding
}

export function unacceptedBody(accepted: string) {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  )
}

function targetOf(
  { parameters }: AcceptClause,
  encoding: Encoding,
  { transforms = true, table = true, custom = false }: Offer,
): Target | undefined | 'refused' {
  const stream = parameters.get('stream') ?? ''
  if (stream !== '' && (stream !== 'watch' || encoding === 'yaml')) return 'refused'
  const serverVersion = parameters.get('sv') ?? ''
  if (serverVersion !== '' && (serverVersion !== 'v1' || !transforms)) return 'refused'
  const [kind, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')]
  if (kind === undefined && group === undefined && version === undefined) {
    return custom && encoding === 'protobuf' ? 'refused' : undefined
  }
  if (!transforms || group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return 'refused'
  if (kind === 'Table') return !table || encoding === 'protobuf' ? 'refused' : { kind, version }
  if (kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList') return { kind, version }
  return 'refused'
}

function covers({ type, subtype }: AcceptClause, encoding: Encoding): boolean {
  if (subtype === '*') return type === 'application' || type === '*'
  return mediaTypes[encoding] === `${type}/${subtype}`
}

const trueWords: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])

/** Browsers and command-line clients get JSON that people can read. */
function wantsPretty(query: URLSearchParams, userAgent = ''): boolean {
  const asked = query.get('pretty')
  if (asked) return trueWords.has(asked)
  return userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0')
}
