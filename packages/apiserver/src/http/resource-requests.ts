import { badRequest, groupResource, methodNotSupported, unknownPath } from '@wherry/apimachinery'
import type { Connect } from '../connect/connect.ts'
import type { Served } from '../registry/served.ts'
import { isBuiltInGroup } from './built-in-groups.ts'
import { PageNotFound } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { typeNameOf } from './body.ts'
import { getComputed, listComputed } from './computed.ts'
import { admitConnect } from './connect-admission.ts'
import { get } from './get.ts'
import { list } from './list.ts'
import { negotiate, type Offer, type Wanted } from './negotiation.ts'
import { patch } from './patch.ts'
import type { ServerContext } from './server-context.ts'
import { scale } from './scale.ts'
import { handle, subresourceInfo, unsupported } from './subresources.ts'
import { watch } from './watch.ts'
import { create, remove, removeCollection, update } from './writes.ts'

type Verb = (context: ServerContext, exchange: Exchange, wanted: Wanted, served: Served) => Promise<void>

const verbs: Readonly<Record<string, Verb>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
}

const computedVerbs: Readonly<Record<string, Verb>> = { get: getComputed, list: listComputed }

/** Subresources that are streams between the client and a kubelet or an endpoint, with the verbs that open them. */
const streams: Readonly<Record<string, readonly string[]>> = {
  exec: ['get', 'create'],
  attach: ['get', 'create'],
  portforward: ['get', 'create'],
  log: ['get'],
  proxy: ['get', 'create', 'update', 'patch', 'delete', ''],
}

export interface ResourceRequestDeps {
  readonly context: ServerContext
  readonly connect: Connect
}

/** Answers requests below /api and /apis; who asks is known, and may. Throws what the client gets as a Status. */
export function newResourceRequests({ context, connect }: ResourceRequestDeps): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    const { info } = exchange
    const resource = context.registry.info(info.group, info.version, info.resource)
    if (!resource) throw unknownResource(info.group)
    const served = context.registry.get(info.group, info.version, info.resource)
    checkMethod(exchange, served)
    if (info.subresource !== '') return subresource(exchange)
    if (info.parts.length > 2) throw unknownPath()
    if (!served) {
      const handlers = context.handlers[`${info.group}/${info.resource}`]
      if (!handlers) throw unsupported()
      return handle(context, exchange, wantedBy(exchange, { table: false }), handlers, resource)
    }
    const verb = (served.definition.computed ? computedVerbs : verbs)[info.verb]
    if (!verb || !resource.verbs.includes(info.verb)) throw unsupportedVerb(info.verb, served)
    // Objects are created in their collection, and changed by their name.
    const needsName = info.verb === 'update' || info.verb === 'patch'
    if (info.verb === 'create' ? info.name !== '' : needsName && info.name === '') throw unsupported()
    checkScope(exchange, served)
    if (served.definition.deprecation) exchange.warnings.add(served.definition.deprecation)
    await verb(context, exchange, wantedBy(exchange, offerOf(served)), served)
  }

  async function subresource(exchange: Exchange): Promise<void> {
    const { info } = exchange
    const served = context.registry.get(info.group, info.version, info.resource)
    const resource = context.registry.info(info.group, info.version, info.resource)
    if (!resource) throw unknownResource(info.group)
    const sub = subresourceInfo(resource, info.subresource)
    const opening = streams[info.subresource]
    if (opening) {
      if (!opening.includes(info.verb)) throw unsupported()
      return stream(exchange)
    }
    if (info.parts.length > 3) throw unknownPath()
    const handlers = context.handlers[`${info.group}/${info.resource}/${info.subresource}`]
    if (handlers) {
      const typeName = typeNameOf(sub)
      const wanted = wantedBy(exchange, { table: false })
      return handle(context, exchange, wanted, handlers, { ...sub, typeName, resource: info.resource })
    }
    if (!served || !sub.verbs.includes(info.verb)) throw unsupported()
    checkScope(exchange, served)
    const { definition } = served
    if (info.subresource === 'scale' && definition.scale) {
      return scale(context, exchange, wantedBy(exchange), served, definition.scale)
    }
    const verb = verbs[info.verb]
    if (!verb) throw unsupported()
    await verb(context, exchange, wantedBy(exchange, offerOf(served)), served)
  }

  async function stream(exchange: Exchange): Promise<void> {
    const { info, request, response, user, upgrade } = exchange
    if (info.query.has('dryRun')) throw badRequest('dryRun is not supported')
    const target = {
      resource: info.resource,
      subresource: info.subresource,
      key: { namespace: info.namespace || undefined, name: info.name },
      user,
      query: info.query,
    }
    await context.watchCache.fresh()
    await admitConnect(context, exchange)
    if (upgrade) await connect.upgrade(request, upgrade.socket, upgrade.head, target)
    else await connect.handle(request, response, target)
  }
}

const offerOf = ({ definition }: Served): Offer => ({ custom: definition.schema !== undefined })

/**
 * Upstream's router knows the methods of its routes and nothing else, such as HEAD; custom resources have a handler of
 * their own, which sees verbs. The older paths that begin with `watch` are for GET, and for a namespace's objects where
 * these have one; those that begin with `proxy` are gone.
 */
function checkMethod({ info, request: { method } }: Exchange, served: Served | undefined): void {
  if (method === 'HEAD' && !served?.definition.schema && !streams[info.subresource]) throw unsupported()
  if (!info.verbInPath) return
  const namespaced = served?.info.namespaced ?? false
  const homeless = namespaced && info.name !== '' && info.namespace === ''
  if (info.verb !== 'watch' || info.parts.length > 2 || homeless) throw unknownPath()
  if (method !== 'GET') throw unsupported()
}

const unknownResource = (group: string): Error => (isBuiltInGroup(group) ? unknownPath() : new PageNotFound())

/** A watch is refused by the handler of lists, which says more than the router does. */
function unsupportedVerb(verb: string, { definition: { kind } }: Served) {
  return verb === 'watch' ? methodNotSupported(groupResource(kind), verb) : unsupported()
}

function wantedBy({ request, info }: Exchange, offer: Offer = {}): Wanted {
  const { accept, 'user-agent': userAgent } = request.headers
  return negotiate(accept, userAgent, info, offer)
}

/** A namespaced object lives below a namespace's path, a cluster-scoped one does not. */
function checkScope({ info }: Exchange, served: Served): void {
  if (!served.info.namespaced && info.namespace !== '' && info.resource !== 'namespaces') throw unknownPath()
  if (!served.info.namespaced || info.namespace !== '') return
  if (info.verb === 'list' || info.verb === 'watch') return
  throw info.name === '' ? unsupported() : unknownPath()
}
