import { badRequest, groupResource, notFound } from '@wherry/apimachinery'
import type { Served } from '../registry/served.ts'
import { cacheKey } from '../registry/write.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { Exchange } from './exchange.ts'
import { notConvertible } from './list.ts'
import type { Wanted } from './negotiation.ts'
import { parseResourceVersion, readyFor } from './reads.ts'
import { objectPieces } from './protobuf-answers.ts'
import { respond, respondBytes, respondJSON, respondPieces } from './respond.ts'
import type { ServerContext } from './server-context.ts'
import { includeObjectOf, partialOf, tableOf } from './transform.ts'

/** Answers with one object, from the bytes of the watch cache. */
export async function get(context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served): Promise<void> {
  const { info } = exchange
  if (exports(info.query)) throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
  const version = info.query.size === 0 ? undefined : parseResourceVersion(info.query.get('resourceVersion') ?? '')
  await readyFor(context, version)
  // The path of a namespace names it as its own namespace too.
  const object = served.cache.get(served.definition.kind.namespaced ? cacheKey(info) : info.name)
  if (!object) throw notFound(groupResource(served.definition.kind), info.name)
  await respondObject(context, exchange, wanted, served, 200, object)
}

function exports(query: URLSearchParams): boolean {
  const value = query.get('export')
  return value !== null && value !== '0' && value.toLowerCase() !== 'false'
}

/** Answers with an object of the cache in the form that the client wants. */
export async function respondObject(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
  status: number,
  object: CachedObject,
): Promise<void> {
  const { as } = wanted
  await served.prepare?.([object])
  if (!as) {
    if (wanted.encoding === 'protobuf') {
      return respondPieces(exchange, wanted, status, objectPieces(served, object))
    }
    const json = served.bytesOf(object)
    if (wanted.encoding === 'json' && !wanted.pretty) return respondBytes(exchange, wanted, status, json)
    return respondJSON(exchange, wanted, status, json)
  }
  const whole = served.objectOf(object)
  if (as.kind === 'PartialObjectMetadata') return respond(exchange, wanted, status, partialOf(whole, as))
  if (as.kind === 'PartialObjectMetadataList') {
    throw notConvertible(
      `you requested PartialObjectMetadataList, but the requested object is not a list (${served.definition.kind.kind})`,
    )
  }
  const include = includeObjectOf(exchange.info.query)
  const metadata = { resourceVersion: String(object.revision) }
  const table = tableOf(served, [whole], { target: as, include, now: context.clock.now(), metadata })
  await respond(exchange, wanted, status, table)
}
