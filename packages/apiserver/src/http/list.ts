import type { ListMeta } from '@wherry/api'
import { apiVersionOf } from '@wherry/api'
import { badRequest, resourceExpired, statusErrorFrom } from '@wherry/apimachinery'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import { rangeOf } from '../watch-cache/resource-cache.ts'
import type { SortedMap } from '../watch-cache/sorted-map.ts'
import { selects } from '../watch-cache/watcher.ts'
import { listItem } from '../watch-cache/wire.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import type { Exchange } from './exchange.ts'
import type { Wanted } from './negotiation.ts'
import { listPieces } from './protobuf-answers.ts'
import { exact, type ListQuery, listQuery } from './query.ts'
import { listExpired, parseListVersion, readyFor } from './reads.ts'
import { respond, respondPieces } from './respond.ts'
import { type Selected, selectionOf } from './selection.ts'
import type { ServerContext } from './server-context.ts'
import { includeObjectOf, partialListOf, tableOf } from './transform.ts'

/** Objects of one list, or of one page of it, as of one revision. */
export interface Page {
  readonly objects: readonly CachedObject[]
  readonly metadata: ListMeta
}

/** Answers a list from the bytes of the watch cache. */
export async function list(context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served): Promise<void> {
  const { info } = exchange
  const query = listQuery(info.query, false)
  const include = wanted.as?.kind === 'Table' ? includeObjectOf(info.query) : 'Metadata'
  const page = await pageOf(context, served, selectionOf(served, info, query), query)
  await served.prepare?.(page.objects)
  if (!wanted.as && wanted.encoding === 'json' && !wanted.pretty) {
    return respondPieces(exchange, wanted, 200, jsonPieces(served, page))
  }
  if (!wanted.as && wanted.encoding === 'protobuf') {
    return respondPieces(exchange, wanted, 200, await listPieces(served, page))
  }
  await respond(exchange, wanted, 200, listObject(served, page, wanted, include, context.clock.now()))
}

/** Reads a list or a page of one. Throws 410 for a page whose list is too old, 504 for a revision that does not come. */
export async function pageOf(
  context: ServerContext,
  served: Served,
  selected: Selected,
  query: Pick<ListQuery, 'resourceVersion' | 'resourceVersionMatch' | 'limit' | 'continue'>,
): Promise<Page> {
  const limit = Math.max(0, query.limit)
  if (query.continue !== '' && !isSingle(served, selected)) {
    return continued(context, served, selected, limit, query)
  }
  const asked = parseListVersion(query.resourceVersion)
  await readyFor(context, asked)
  await served.prepare?.([...served.cache.range(rangeOf(selected.namespace))])
  const { watchCache } = context
  // A page at a version means that very version, as it did before resourceVersionMatch.
  const isExact = query.resourceVersionMatch === exact || (asked && limit > 0 && query.resourceVersionMatch === '')
  const revision = isExact && asked ? asked : watchCache.revision
  const objects = served.cache.at(revision)
  if (!objects) throw listExpired()
  // Any version will do: the whole list comes then, as it always has.
  const pageSize = asked === 0 ? 0 : limit
  const start = rangeOf(selected.namespace).from
  return slice(context, served, selected, { objects, revision, limit: pageSize, start })
}

async function continued(
  context: ServerContext,
  served: Served,
  selected: Selected,
  limit: number,
  query: Pick<ListQuery, 'resourceVersion' | 'continue'>,
) {
  const { revision, start } = decodeContinue(query.continue)
  if (query.resourceVersion !== '' && query.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
  await readyFor(context, revision < 0 ? undefined : revision)
  const range = rangeOf(selected.namespace)
  const from = `${range.from}${start}`
  const pageSize = query.resourceVersion === '0' ? 0 : limit
  if (revision < 0) {
    const latest = context.watchCache.revision
    return slice(context, served, selected, {
      objects: served.cache.objects,
      revision: latest,
      limit: pageSize,
      start: from,
    })
  }
  const objects = served.cache.at(revision)
  if (!objects) throw inconsistent(start)
  return slice(context, served, selected, { objects, revision, limit: pageSize, start: from })
}

/** Whether the selection can only be one object, which is then looked up by its key. */
function isSingle(served: Served, { name, namespace }: Selected): boolean {
  return name !== '' && (namespace !== '' || !served.info.namespaced)
}

function slice(
  { watchCache }: ServerContext,
  served: Served,
  selected: Selected,
  {
    objects,
    revision,
    limit,
    start,
  }: { objects: SortedMap<CachedObject>; revision: number; limit: number; start: string },
): Page {
  const { from, to } = rangeOf(selected.namespace)
  const found: CachedObject[] = []
  let more = 0
  if (isSingle(served, selected)) {
    const one = objects.get(`${from}${selected.name}`)
    if (one && selects(selected, one)) found.push(one)
  } else {
    for (const object of objects.range(start, to)) {
      // Whether any of the rest matches is for the next page to find out, as upstream leaves it.
      if (limit > 0 && found.length === limit) {
        more = selected.filtered ? 1 : objects.count(start, to) - limit
        break
      }
      if (selects(selected, object)) found.push(object)
    }
  }
  const metadata: ListMeta = { resourceVersion: String(revision) }
  const last = found.at(-1)
  if (more > 0 && last) {
    if (revision === watchCache.revision) served.cache.keepSnapshot(revision)
    // The last key with a zero byte is the first key that may follow it.
    metadata.continue = encodeContinue({ revision, start: `${last.key.slice(from.length)}\0` })
    if (!selected.filtered) metadata.remainingItemCount = more
  }
  return { objects: found, metadata }
}

/** The list's JSON, around the bytes of its items. */
function jsonPieces(served: Served, { objects, metadata }: Page): Buffer[] {
  const { kind } = served.form
  const head = `{"kind":"${listKindOf(served)}","apiVersion":"${apiVersionOf(kind)}","metadata":${JSON.stringify(metadata)},"items":[`
  const chunks: Buffer[] = [Buffer.from(objects.length > 0 ? `${head}{` : head)]
  const between = Buffer.from(',{')
  for (const [at, object] of objects.entries()) {
    if (at > 0) chunks.push(between)
    chunks.push(listItem(served.form, served.bytesOf(object)))
  }
  chunks.push(Buffer.from(']}\n'))
  return chunks
}

/** The list in any form. */
export function listObject(
  served: Served,
  { objects, metadata }: Page,
  { as }: Pick<Wanted, 'as'>,
  include: ReturnType<typeof includeObjectOf>,
  now: number,
): object {
  if (as?.kind === 'Table') {
    const all = objects.map((object) => served.objectOf(object))
    return tableOf(served, all, { target: as, include, now, metadata })
  }
  if (as?.kind === 'PartialObjectMetadataList') return partialListOf(served, objects, as, metadata)
  if (as) {
    const { kind } = served.form
    throw notConvertible(`you requested PartialObjectMetadata, but the requested object is a list (${kind.kind}List)`)
  }
  const { kind } = served.form
  const items = objects.map((object) => {
    const { kind: _kind, apiVersion: _apiVersion, ...rest } = served.objectOf(object)
    return rest
  })
  return { kind: listKindOf(served), apiVersion: apiVersionOf(kind), metadata, items }
}

function listKindOf({ definition: { kind, schema } }: Served): string {
  return schema?.listKind ?? `${kind.kind}List`
}

export function notConvertible(message: string) {
  return statusErrorFrom({ metadata: {}, status: 'Failure', reason: 'NotAcceptable', code: 406, message })
}

/** 410 with a token that goes on at the latest revision. As upstream: storage/etcd3/errors.go. */
function inconsistent(start: string) {
  const { status } = resourceExpired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  )
  return statusErrorFrom({ ...status, metadata: { continue: encodeContinue({ revision: -1, start }) } })
}
