import type { IncomingMessage } from 'node:http'
import { apiVersionOf, type Kind, type KubeObject, resources } from '@wherry/api'
import {
  badRequest,
  decodeProtobuf,
  decodeTyped,
  isStatusError,
  parseGroupVersion,
  parseJSON,
  parseYAML,
  requestEntityTooLarge,
} from '@wherry/apimachinery'
import type { CustomSchema } from '../registry/resource.ts'
import { bodyEncoding, type Encoding } from './negotiation.ts'
import type { FieldValidation } from './query.ts'

/** As upstream: `MaxRequestBodyBytes`. */
export const maxBodyBytes = 3 * 1024 * 1024

/** The client has closed its connection in the middle of its request: nobody is there to be answered. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** Reads the whole body. Throws 413 for one that is longer than the limit, without reading on. */
export async function readBody(request: IncomingMessage, limit = maxBodyBytes): Promise<Buffer> {
  const tooLarge = () => requestEntityTooLarge(`limit is ${limit}`)
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge()
  const chunks: Buffer[] = []
  let length = 0
  return new Promise((resolve, reject) => {
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) {
        request.pause()
        reject(tooLarge())
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone('the client went away'))
    })
  })
}

/** What a body must be. */
export type BodyKind = Pick<Kind, 'group' | 'version' | 'kind' | 'typeName'>

/**
 * Decodes a body into the kind that the path asks for, in one of the three encodings. Fields that the kind does not
 * have, and keys that stand twice, are refused or warned of. Errors are 400 in upstream's words. `anyGroup`: the body may
 * say that it is of another group, as options may that every group has. `schema`: how custom resources are decoded.
 */
export function decodeBody(
  body: Buffer,
  contentType: string | undefined,
  wanted: BodyKind,
  validation: FieldValidation,
  warn: (message: string) => void,
  { anyGroup = false, schema }: { anyGroup?: boolean; schema?: CustomSchema | undefined } = {},
): KubeObject {
  const encoding = bodyEncoding(contentType)
  const problems = new Set<string>()
  const value = parse(body, encoding, wanted, validation === 'Ignore' ? undefined : problems, schema === undefined)
  const type = schema ? ownType(value) : typeOfBody(value, wanted)
  try {
    if (!anyGroup && !schema) checkType(type, wanted)
    const { object, unknownFields } = schema ? schema.decode(value) : decodeTyped(wanted.typeName, value)
    if (validation !== 'Ignore') for (const field of unknownFields) problems.add(`unknown field "${field}"`)
    if (problems.size > 0) {
      if (validation === 'Strict') throw new Error(`strict decoding error: ${[...problems].join(', ')}`)
      for (const problem of problems) warn(problem)
    }
    const { apiVersion } = type
    if (!anyGroup && apiVersion !== apiVersionOf(wanted)) {
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(wanted)})`,
      )
    }
    return asObject(object, schema ? { ...wanted, kind: type.kind } : wanted)
  } catch (cause) {
    if (isStatusError(cause)) throw cause
    const { version } = parseGroupVersion(type.apiVersion || apiVersionOf(wanted))
    throw badRequest(
      `${type.kind || wanted.kind} in version ${JSON.stringify(version)} cannot be handled as a ${wanted.kind}: ${textOf(cause)}`,
      { cause },
    )
  }
}

/** `typed`: the value goes to `decodeTyped`, which wants to know how numbers were written. */
function parse(
  body: Buffer,
  encoding: Encoding,
  wanted: BodyKind,
  duplicates: Set<string> | undefined,
  typed: boolean,
): unknown {
  const found = new Set<string>()
  try {
    const value = parseAs(encoding, body, found, typed)
    for (const field of found) duplicates?.add(encoding === 'json' ? `duplicate field "${field}"` : field)
    return value
  } catch (cause) {
    const prefix = encoding === 'json' ? "couldn't get version/kind; json parse error: " : ''
    throw badRequest(
      `the object provided is unrecognized (must be of type ${wanted.kind}): ${prefix}${textOf(cause)} (${summarize(body)})`,
      { cause },
    )
  }
}

function parseAs(encoding: Encoding, body: Buffer, duplicates: Set<string>, literals: boolean): unknown {
  if (encoding === 'protobuf') return decodeProtobuf(body)
  if (encoding === 'yaml') return parseYAML(body.toString('utf8'), { duplicates })[0]
  return parseJSON(body, { duplicates, literals })
}

/** What the body says of its own type; the path fills in what is missing. */
function typeOfBody(value: unknown, wanted: BodyKind): { kind: string; apiVersion: string } {
  const { kind, apiVersion }: { kind?: unknown; apiVersion?: unknown } = Object(value)
  return {
    kind: typeof kind === 'string' && kind !== '' ? kind : wanted.kind,
    apiVersion: typeof apiVersion === 'string' && apiVersion !== '' ? apiVersion : apiVersionOf(wanted),
  }
}

/** Custom resources must say what they are. */
function ownType(value: unknown): { kind: string; apiVersion: string } {
  const { kind, apiVersion }: { kind?: unknown; apiVersion?: unknown } = Object(value)
  return {
    kind: typeof kind === 'string' ? kind : '',
    apiVersion: typeof apiVersion === 'string' ? apiVersion : '',
  }
}

const scheme = 'pkg/api/legacyscheme/scheme.go:30'

function checkType({ kind, apiVersion }: { kind: string; apiVersion: string }, wanted: BodyKind): void {
  if (kind === wanted.kind && apiVersion === apiVersionOf(wanted)) return
  const { group, version } = parseGroupVersion(apiVersion)
  const known = resources.some(
    (info) =>
      (info.kind === kind && info.group === group && info.version === version) ||
      info.subresources.some((sub) => sub.kind === kind && sub.group === group && sub.version === version),
  )
  if (!known) throw new Error(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "${scheme}"`)
  if (kind === wanted.kind && group === wanted.group) return
  const internal = wanted.group === '' ? 'core' : wanted.group.split('.')[0]
  throw new Error(`converting (${version}.${kind}) to (${internal}.${wanted.kind}): unknown conversion`)
}

function asObject(object: object, wanted: BodyKind): KubeObject {
  const { metadata } = Object(object)
  return Object.assign(object, { kind: wanted.kind, apiVersion: apiVersionOf(wanted), metadata: metadata ?? {} })
}

/** The beginning of a body that could not be read: text where it looks like JSON, hexadecimal otherwise. */
function summarize(body: Buffer, length = 30): string {
  if (body.length === 0) return '<empty>'
  const text = body.subarray(0, length).toString(body[0] === 0x7b ? 'utf8' : 'hex')
  return body.length > length ? `${text} ...` : text
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The field table's name of a kind. Kinds of meta/v1 aside, a type is called after its group's first part. */
export function typeNameOf({ group, version, kind }: Pick<Kind, 'group' | 'version' | 'kind'>): string {
  const known = resources.find((info) => info.group === group && info.version === version && info.kind === kind)
  return known?.typeName ?? `api.${group === '' ? 'core' : group.split('.')[0]}.${version}.${kind}`
}
