import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { encodeProtobuf, stringifyJSON, toYAML } from '@wherry/apimachinery'
import { decodeStored } from '../watch-cache/wire.ts'
import type { Exchange } from './exchange.ts'
import { mediaTypes, type Wanted } from './negotiation.ts'
import { addWarnings } from './warnings.ts'

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
  wanted: Pick<Wanted, 'encoding'>,
  status: number,
  bytes: Uint8Array,
): Promise<void> {
  addWarnings(response, warnings)
  let body = bytes
  if (bytes.length > gzipThreshold && takesGzip(request)) {
    const { gzip, constants } = await import('node:zlib')
    body = await promisify(gzip)(bytes, { level: constants.Z_BEST_SPEED })
    response.setHeader('Content-Encoding', 'gzip')
    response.setHeader('Vary', 'Accept-Encoding')
  }
  response.writeHead(status, headersOf(wanted, body.length))
  response.end(request.method === 'HEAD' ? undefined : body)
}

/** How much of a long answer is put together at a time. */
const batchBytes = 256 * 1024

/**
 * Answers with bytes in pieces. A long answer goes out in batches, each of which waits for the client to take the one
 * before: it is never in memory as a whole, and others get their turn in between.
 */
export async function respondPieces(
  exchange: Exchange,
  wanted: Pick<Wanted, 'encoding'>,
  status: number,
  pieces: readonly Buffer[],
): Promise<void> {
  const { request, response, warnings } = exchange
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (length <= batchBytes || request.method === 'HEAD' || takesGzip(request)) {
    return respondBytes(exchange, wanted, status, Buffer.concat(pieces, length))
  }
  addWarnings(response, warnings)
  response.writeHead(status, headersOf(wanted, length))
  const gone = new Promise<void>((resolve) => response.once('close', resolve))
  for (const batch of batchesOf(pieces)) {
    if (response.destroyed) return
    if (!response.write(batch)) await Promise.race([once(response, 'drain'), gone])
  }
  response.end()
}

function* batchesOf(pieces: readonly Buffer[]): Generator<Buffer> {
  let start = 0
  let length = 0
  for (const [at, piece] of pieces.entries()) {
    length += piece.length
    if (length < batchBytes) continue
    yield Buffer.concat(pieces.slice(start, at + 1), length)
    start = at + 1
    length = 0
  }
  if (length > 0) yield Buffer.concat(pieces.slice(start), length)
}

/** A coding with parameters, such as a quality, is none that upstream knows. */
const takesGzip = ({ headers }: IncomingMessage) =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((coding) => coding.trim() === 'gzip')

const headersOf = ({ encoding }: Pick<Wanted, 'encoding'>, length: number) => ({
  'Cache-Control': 'no-cache, private',
  'Content-Type': mediaTypes[encoding],
  'Content-Length': length,
})
