import type { KubeObject, Scale } from '@wherry/api'
import {
  badRequest,
  conflict,
  type DeepReadonly,
  deepClone,
  fieldInvalid,
  genericServerResponse,
  groupResource,
  invalid,
  notFound,
  optimisticLockMessage,
  unknownPath,
} from '@wherry/apimachinery'
import type { ResourceInfo, SubresourceInfo } from '@wherry/api'
import type { Handler, HandlerRequest, ResourceHandlers } from '../registry/handlers.ts'
import { Attributes } from '../registry/admission-chain.ts'
import type { ScaleStrategy } from '../registry/resource.ts'
import type { Served } from '../registry/served.ts'
import { cacheKey } from '../registry/write.ts'
import { type BodyKind, decodeBody, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import type { Wanted } from './negotiation.ts'
import { readPatch } from './patch.ts'
import { writeQuery } from './query.ts'
import { respond } from './respond.ts'
import type { ServerContext } from './server-context.ts'
import { warnerOf, writeOf } from './writes.ts'

const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale', typeName: 'api.autoscaling.v1.Scale' }

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

/** `/scale`: a view of an object's replicas, which a write puts back into it. */
export async function scale(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
  strategy: ScaleStrategy<KubeObject>,
): Promise<void> {
  const { info, request } = exchange
  const resource = groupResource(served.definition.kind)
  await context.watchCache.fresh()
  const current = served.cache.get(cacheKey(info))
  if (!current) throw notFound(resource, info.name)
  const answer = (object: DeepReadonly<KubeObject>) =>
    respond(exchange, { ...wanted, as: undefined }, 200, scaleOf(object, strategy))
  await served.prepare?.([current])
  if (info.verb === 'get') return answer(served.writtenOf(current))
  const { dryRun, make } = await readScale(exchange)
  const produce = (old: DeepReadonly<KubeObject> | undefined): KubeObject => {
    if (!old) throw notFound(resource, info.name)
    const wantedScale = make(scaleOf(old, strategy))
    checkScale(wantedScale, old, resource)
    const changed: KubeObject = deepClone(old)
    strategy.setReplicas(changed, wantedScale.spec?.replicas ?? 0)
    return changed
  }
  const write = { ...writeOf(exchange, served, info.name, { dryRun }), subresource: 'scale' }
  const { object } = await context.pipeline.update(write, { produce })
  await served.prepare?.([object])
  await answer(served.writtenOf(object))

  async function readScale({ info: { query } }: Exchange) {
    if (info.verb === 'patch') {
      const { query: options, apply } = await readPatch(exchange, scaleKind)
      return { dryRun: options.dryRun, make: (old: Scale): Scale => apply(old) }
    }
    const options = writeQuery(query, 'UpdateOptions')
    const body = await readBody(request)
    const contentType = request.headers['content-type']
    const sent: Scale = decodeBody(body, contentType, scaleKind, options.fieldValidation, warnerOf(exchange))
    return { dryRun: options.dryRun, make: () => sent }
  }
}

function scaleOf(object: DeepReadonly<KubeObject>, strategy: ScaleStrategy<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = strategy.selector(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: strategy.replicas(object) ?? 0 },
    status: { replicas: strategy.statusReplicas(object), ...(selector === '' ? {} : { selector }) },
  }
}

/** As upstream: `ValidateScale`, and the checks of the generic scale's update. */
function checkScale(
  { metadata, spec }: Scale,
  old: DeepReadonly<KubeObject>,
  resource: { group: string; resource: string },
) {
  const name = old.metadata.name ?? ''
  if (metadata.name && metadata.name !== name) {
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`)
  }
  const replicas = spec?.replicas ?? 0
  if (replicas < 0) {
    const error = fieldInvalid('spec.replicas', replicas, 'must be greater than or equal to 0')
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [error])
  }
  const { uid, resourceVersion } = metadata
  if (uid && uid !== old.metadata.uid) {
    const cause = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`
    throw conflict(resource, name, cause)
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(resource, name, optimisticLockMessage)
  }
}

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
