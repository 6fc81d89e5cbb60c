import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { encodeProtobuf, stringifyJSON, toYAML } from '@wherry/apimachinery'
import { decodeStored } from '../watch-cache/wire.ts'
import type { Exchange } from './exchange.ts'
import { mediaTypes, type Wanted } from './negotiation.ts'

/** Responses above this are compressed for clients that take gzip. As upstream: `defaultGzipThresholdBytes`. */
const gzipThreshold = 128 * 1024

/** Answers with an object. */
export async function respond(exchange: Exchange, wanted: Wanted, status: number, object: object): Promise<void> {
  await respondBytes(exchange, wanted, status, encode(object, wanted))
}

/** Answers with an object of which the JSON is known; other encodings are made from it. */
export async function respondJSON(exchange: Exchange, wanted: Wanted, status: number, json: Buffer): Promise<void> {
  const plain = wanted.encoding === 'json' && !wanted.pretty
  await respondBytes(exchange, wanted, status, plain ? json : encode(decodeStored(json), wanted))
}

export function encode(object: object, { encoding, pretty }: Wanted): Uint8Array {
  if (encoding === 'protobuf') return encodeProtobuf(Object(object))
  if (encoding === 'yaml') return Buffer.from(toYAML(object))
  return Buffer.from(pretty ? stringifyJSON(object, 2) : `${stringifyJSON(object)}\n`)
}

export async function respondBytes(
  { request, response, warnings }: Exchange,
  { encoding }: Pick<Wanted, 'encoding'>,
  status: number,
  bytes: Uint8Array,
): Promise<void> {
  addWarnings(response, warnings)
  let body = bytes
  if (bytes.length > gzipThreshold && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    const { gzip, constants } = await import('node:zlib')
    body = await promisify(gzip)(bytes, { level: constants.Z_BEST_SPEED })
    response.setHeader('Content-Encoding', 'gzip')
    response.setHeader('Vary', 'Accept-Encoding')
  }
  response.writeHead(status, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': mediaTypes[encoding],
    'Content-Length': body.length,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** Warnings as RFC 7234 writes them: code 299, no agent. */
export function addWarnings(response: ServerResponse, warnings: ReadonlySet<string>): void {
  if (warnings.size === 0) return
  response.setHeader(
    'Warning',
    [...warnings].map((text) => `299 - "${text.replace(/[^\t\x20-\x7e\x80-\xff]+/g, ' ').replace(/["\\]/g, '\\$&')}"`),
  )
}
