import type { KubeObject } from '@wherry/api'
import { genericServerResponse, unknownPath } from '@wherry/apimachinery'
import type { ResourceInfo, SubresourceInfo } from '@wherry/api'
import type { Handler, HandlerRequest, ResourceHandlers } from '../registry/handlers.ts'
import { Attributes } from '../registry/admission-chain.ts'
import { type BodyKind, decodeBody, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import type { Wanted } from './negotiation.ts'
import { readPatch } from './patch.ts'
import { writeQuery } from './query.ts'
import { respond } from './respond.ts'
import type { ServerContext } from './server-context.ts'
import { warnerOf } from './writes.ts'

/** Runs a handler of the table: a subresource with behaviour of its own, or a kind that stores nothing. */
export async function handle(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  handlers: ResourceHandlers,
  kind: BodyKind & { resource: string },
): Promise<void> {
  const { info, request } = exchange
  const { verb } = info
  if (verb !== 'get' && verb !== 'create' && verb !== 'update' && verb !== 'patch') throw unsupported()
  const handler = handlers[verb === 'patch' ? 'update' : verb]
  if (!handler || (verb === 'patch' && !handlers.get)) throw unsupported()
  const base: Omit<HandlerRequest, 'body' | 'dryRun'> = {
    verb,
    key: { namespace: info.namespace || undefined, name: info.name },
    user: exchange.user,
    warn: warnerOf(exchange),
  }
  await context.watchCache.fresh()
  const read = async (): Promise<{ body: unknown; dryRun: boolean }> => {
    if (verb === 'get') return { body: undefined, dryRun: false }
    if (verb === 'patch') {
      const { query, apply } = await readPatch(exchange, kind)
      const current = await handlers.get?.({ ...base, verb: 'get', body: undefined, dryRun: false }, context.behaviours)
      return { body: apply(current?.object ?? {}), dryRun: query.dryRun }
    }
    const query = writeQuery(info.query, verb === 'create' ? 'CreateOptions' : 'UpdateOptions')
    const bytes = await readBody(request)
    const body = decodeBody(bytes, request.headers['content-type'], kind, query.fieldValidation, base.warn)
    return { body, dryRun: query.dryRun }
  }
  const { body, dryRun } = await read()
  const { status, object } = await runAdmitted(context, exchange, handler, { ...base, body, dryRun })
  await respond(exchange, { ...wanted, as: undefined }, status, object)
}

/** Admission sees what is sent to subresources too, such as a binding or an eviction. */
async function runAdmitted(context: ServerContext, { info }: Exchange, handler: Handler, request: HandlerRequest) {
  const resource = context.registry.info(info.group, info.version, info.resource)
  const { body, verb } = request
  if (resource && isObject(body) && verb !== 'get') {
    const operation = verb === 'create' ? 'CREATE' : 'UPDATE'
    const admitted = { ...request, subresource: info.subresource }
    const attributes = new Attributes(operation, resource, admitted, body)
    await context.admission.admit(attributes)
    await context.admission.validate(attributes)
  }
  return handler(request, context.behaviours)
}

const isObject = (body: unknown): body is KubeObject => typeof body === 'object' && body !== null

/** 405 for a verb that this path does not have, in the words of upstream's router. */
export function unsupported() {
  return genericServerResponse(405, '', { group: '', resource: '' }, '', '')
}

/** The subresource's entry in the API's table. Throws 404 where the resource has none of that name. */
export function subresourceInfo(resource: ResourceInfo, name: string): SubresourceInfo {
  const found = resource.subresources.find((sub) => sub.name === name)
  if (!found) throw unknownPath()
  return found
}
