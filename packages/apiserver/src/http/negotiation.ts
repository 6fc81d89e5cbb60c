import { notAcceptable, unsupportedMediaType } from '@wherry/apimachinery'
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

export const mediaTypes: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
}

/** In the server's order of preference, which is that of the error's text too. */
const offered: readonly Encoding[] = ['json', 'yaml', 'protobuf']
const typeNames = offered.map((encoding) => mediaTypes[encoding]).join(', ')
const streamNames = `${mediaTypes.json};stream=watch, ${mediaTypes.protobuf};stream=watch`

interface Clause {
  readonly type: string
  readonly quality: number
  readonly parameters: ReadonlyMap<string, string>
}

/**
 * Chooses among the encodings by the `Accept` header; `transforms` are the forms that this path can be turned into.
 * Throws 406 when nothing fits.
 */
export function negotiate(
  accept: string | undefined,
  userAgent: string | undefined,
  { query }: Pick<RequestInfo, 'query'>,
  { transforms = true, stream = false }: { transforms?: boolean; stream?: boolean } = {},
): Wanted {
  const pretty = wantsPretty(query, userAgent)
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return { encoding: 'json', pretty }
  }
  for (const clause of parseAccept(accept)) {
    for (const encoding of offered) {
      if (!covers(clause.type, mediaTypes[encoding]) || (stream && encoding === 'yaml')) continue
      const as = targetOf(clause, encoding, transforms)
      if (as === 'refused') continue
      const wanted = { encoding, pretty: pretty || clause.parameters.get('pretty') === '1' }
      return as ? { ...wanted, as } : wanted
    }
  }
  throw notAcceptable(`only the following media types are accepted: ${stream ? streamNames : typeNames}`)
}

/** The encoding of a body. Throws 415. */
export function bodyEncoding(contentType: string | undefined): Encoding {
  if (contentType === undefined || contentType === '') return 'json'
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase()
  const encoding = offered.find((candidate) => mediaTypes[candidate] === type)
  if (!encoding) throw unacceptedBody(typeNames)
  return encoding
}

export function unacceptedBody(accepted: string) {
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  )
}

function targetOf(clause: Clause, encoding: Encoding, transforms: boolean): Target | undefined | 'refused' {
  const { parameters } = clause
  const stream = parameters.get('stream')
  if (stream !== undefined && stream !== '' && stream !== 'watch') return 'refused'
  const [kind, group, version] = [parameters.get('as'), parameters.get('g'), parameters.get('v')]
  if (kind === undefined && group === undefined && version === undefined) return undefined
  if (!transforms || group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return 'refused'
  if (kind === 'Table') return encoding === 'protobuf' ? 'refused' : { kind, version }
  if (kind === 'PartialObjectMetadata' || kind === 'PartialObjectMetadataList') return { kind, version }
  return 'refused'
}

function covers(range: string, type: string): boolean {
  return range === type || range === '*/*' || range === 'application/*'
}

/** Clauses of an `Accept` header, best first: by quality, and in the order of the header among equals. */
function parseAccept(header: string): Clause[] {
  const clauses = header.split(',').map((text): Clause => {
    const [type = '', ...rest] = text.split(';').map((part) => part.trim())
    const parameters = new Map(
      rest.map((part) => {
        const at = part.indexOf('=')
        return at < 0
          ? [part, '']
          : [
              part.slice(0, at).trim(),
              part
                .slice(at + 1)
                .trim()
                .replace(/^"|"$/g, ''),
            ]
      }),
    )
    const quality = parameters.get('q')
    return { type: type.toLowerCase(), parameters, quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  return clauses.filter((clause) => clause.type !== '').sort((a, b) => b.quality - a.quality)
}

/** Browsers and command-line clients get JSON that people can read. */
function wantsPretty(query: URLSearchParams, userAgent = ''): boolean {
  const asked = query.get('pretty')
  if (asked) return ['1', 't', 'true'].includes(asked.toLowerCase())
  return userAgent.startsWith('curl') || userAgent.startsWith('Wget') || userAgent.startsWith('Mozilla/5.0')
}
