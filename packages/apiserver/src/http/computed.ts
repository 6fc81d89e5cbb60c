import { statusErrorFrom } from '@wherry/apimachinery'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import { selects } from '../watch-cache/watcher.ts'
import type { Exchange } from './exchange.ts'
import { respondObject } from './get.ts'
import { listObject } from './list.ts'
import type { Wanted } from './negotiation.ts'
import { listQuery } from './query.ts'
import { respond } from './respond.ts'
import { selectionOf } from './selection.ts'
import type { ServerContext } from './server-context.ts'
import { includeObjectOf } from './transform.ts'

/** Answers with one object of a resource that stores nothing. */
export async function getComputed(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { name } = exchange.info
  const object = compute(context, served).find((candidate) => candidate.name === name)
  if (!object) throw notThere(name)
  await respondObject(context, exchange, wanted, served, 200, object)
}

/** Answers with the objects of a resource that stores nothing: in one page, whatever the limit. */
export async function listComputed(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { info } = exchange
  const selected = selectionOf(served, info, listQuery(info.query, false))
  const include = wanted.as?.kind === 'Table' ? includeObjectOf(info.query) : 'Metadata'
  const objects = compute(context, served).filter((object) => selects(selected, object))
  const list = listObject(served, { objects, metadata: {} }, wanted, include, context.clock.now())
  await respond(exchange, wanted, 200, list)
}

function compute({ behaviours }: ServerContext, { definition, cache }: Served): CachedObject[] {
  return (definition.computed?.(behaviours) ?? []).map((object) => cache.loose(object, 0))
}

/** Upstream answers 500 without a reason here: registry/core/componentstatus. */
function notThere(name: string) {
  const message = `Component not found: ${name}`
  return statusErrorFrom({ metadata: {}, status: 'Failure', message, code: 500 })
}
