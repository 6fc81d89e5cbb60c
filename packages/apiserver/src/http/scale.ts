import { apiVersionOf, type KubeObject, type ManagedFieldsEntry, type Scale } from '@wherry/api'
import {
  applySchemaOf,
  badRequest,
  conflict,
  type DeepReadonly,
  deepClone,
  fieldElement,
  fieldInvalid,
  groupResource,
  invalid,
  notFound,
  optimisticLockMessage,
} from '@wherry/apimachinery'
import type { Target } from '../field-manager/field-manager.ts'
import { managerOf } from '../field-manager/manager-name.ts'
import { type ReplicasPath, toParentEntries, toScaleEntries } from '../field-manager/scale-entries.ts'
import type { ScaleStrategy } from '../registry/resource.ts'
import { scaleColumns, scaleOf } from '../registry/scale.ts'
import type { Served } from '../registry/served.ts'
import { cacheKey } from '../registry/write.ts'
import { readApply } from './apply.ts'
import { decodeBody, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import type { Wanted } from './negotiation.ts'
import { isApply, readPatch } from './patch.ts'
import { type WriteQuery, writeQuery } from './query.ts'
import { respond } from './respond.ts'
import type { ServerContext } from './server-context.ts'
import { includeObjectOf, tableOf } from './transform.ts'
import { warnerOf, writeOf } from './writes.ts'

const scaleKind = {
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  resource: 'scales',
  typeName: 'api.autoscaling.v1.Scale',
}
const scaleVersion = apiVersionOf(scaleKind)

/** As upstream: printers/internalversion, `printScale`. */
const scaleTable = { definition: { columns: scaleColumns } }

/** What field managers own of a Scale, which is of one version only. */
const target: Target = {
  apiVersion: scaleVersion,
  kind: 'Scale',
  subresource: 'scale',
  forms: {
    schema: (apiVersion) => (apiVersion === scaleVersion ? applySchemaOf(scaleKind.typeName) : undefined),
    convert: (object) => object,
    filter: () => undefined,
  },
}

/** `/scale`: a view of an object's replicas, which a write puts back into it. */
export async function scale(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
  strategy: ScaleStrategy<KubeObject>,
): Promise<void> {
  const { info } = exchange
  const resource = groupResource(served.definition.kind)
  await context.watchCache.fresh()
  const current = served.cache.get(cacheKey(info))
  if (!current) throw notFound(resource, info.name)
  const answer = (object: DeepReadonly<KubeObject>) => {
    const shown = scaleOf(object, strategy)
    const { as } = wanted
    if (as?.kind !== 'Table') return respond(exchange, { ...wanted, as: undefined }, 200, shown)
    const include = includeObjectOf(info.query)
    const metadata = { resourceVersion: shown.metadata.resourceVersion ?? '' }
    const table = tableOf(scaleTable, [shown], { target: as, include, now: context.clock.now(), metadata })
    return respond(exchange, wanted, 200, table)
  }
  await served.prepare?.([current])
  if (info.verb === 'get') return answer(served.writtenOf(current))
  const pathIn = replicasPaths(context, served)
  const { query, make } = await readScale(context, exchange)
  const produce = async (old: DeepReadonly<KubeObject> | undefined): Promise<KubeObject> => {
    if (!old) throw notFound(resource, info.name)
    const wantedScale = await make(
      withEntries(scaleOf(old, strategy), toScaleEntries(old.metadata.managedFields, pathIn)),
    )
    checkScale(wantedScale, old, resource)
    const changed: KubeObject = deepClone(old)
    strategy.setReplicas(changed, wantedScale.spec?.replicas ?? 0)
    const { managedFields } = wantedScale.metadata
    const entries = toParentEntries(
      old.metadata.managedFields,
      managedFields,
      apiVersionOf(served.definition.kind),
      pathIn,
    )
    if (entries) changed.metadata.managedFields = entries
    else delete changed.metadata.managedFields
    return changed
  }
  const write = { ...writeOf(exchange, served, info.name, query), subresource: 'scale' }
  const { object } = await context.pipeline.update(write, { produce, managed: true })
  await served.prepare?.([object])
  await answer(served.writtenOf(object))
}

function withEntries(scale: Scale, managedFields: ManagedFieldsEntry[] | undefined): Scale {
  return managedFields ? { ...scale, metadata: { ...scale.metadata, managedFields } } : scale
}

/** What a write makes of the present Scale, with its managedFields. */
async function readScale(
  context: ServerContext,
  exchange: Exchange,
): Promise<{ query: WriteQuery; make: (old: Scale) => Promise<Scale> }> {
  const { info, request } = exchange
  if (isApply(exchange)) {
    const { query, make } = await readApply(context.fields, exchange, target, scaleKind)
    return { query, make: async (old) => ({ ...(await make(old)) }) }
  }
  const tracked = (query: WriteQuery, change: (old: Scale) => Scale) => {
    const manager = managerOf(query.fieldManager, request.headers['user-agent'])
    const make = async (old: Scale) => {
      const changed = change(old)
      await context.fields.update(target, old, changed, manager)
      return changed
    }
    return { query, make }
  }
  if (info.verb === 'patch') {
    const { query, apply } = await readPatch(exchange, scaleKind)
    return tracked(query, (old) => apply(old))
  }
  const query = writeQuery(info.query, 'UpdateOptions')
  const body = await readBody(request)
  const sent: Scale = decodeBody(
    body,
    request.headers['content-type'],
    scaleKind,
    query.fieldValidation,
    warnerOf(exchange),
  )
  return tracked(query, () => deepClone(sent))
}

/** Where each version of the resource has its replicas. */
function replicasPaths({ registry }: ServerContext, served: Served): ReplicasPath {
  return (apiVersion) => {
    const { cache } = served
    const form = registry.all.find((one) => one.cache === cache && apiVersionOf(one.definition.kind) === apiVersion)
    if (!form) return undefined
    const path = form.definition.scale?.replicasPath
    return form.definition.scale ? (path ?? ['spec', 'replicas']).map(fieldElement) : null
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
