import type { KubeObject } from '@wherry/api'
import { badRequest, type DeepReadonly, deepClone, isNotFound } from '@wherry/apimachinery'
import type { DeleteRequest } from '../registry/deletion.ts'
import { forbiddenError, resourceAttributes } from '../authz/attributes.ts'
import { type Served, typeOf } from '../registry/served.ts'
import type { Change, Write } from '../registry/write.ts'
import { decodeBody, readBody } from './body.ts'
import type { Exchange } from './exchange.ts'
import { respondObject } from './get.ts'
import { listObject, pageOf } from './list.ts'
import type { Wanted } from './negotiation.ts'
import { managerOf } from '../field-manager/manager-name.ts'
import { checkDeleteOptions, deleteQuery, listQuery, writeQuery } from './query.ts'
import { respond } from './respond.ts'
import { selectionOf } from './selection.ts'
import type { ServerContext } from './server-context.ts'

/** A create: POST to a collection. */
export async function create(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { info, request } = exchange
  const query = writeQuery(info.query, 'CreateOptions')
  const body = await readBody(request)
  const warn = warnerOf(exchange)
  const { kind, schema } = served.definition
  const contentType = request.headers['content-type']
  const object = decodeBody(body, contentType, kind, query.fieldValidation, warn, { schema })
  served.definition.setDefaults?.(object)
  const { name = '' } = object.metadata
  const write = writeOf(exchange, served, name, query)
  const created = await context.pipeline.create(write, toStored(served, object))
  await respondObject(context, exchange, wanted, served, 201, created)
}

/** An update: PUT of an object, or of a part of it that has a path of its own. */
export async function update(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { info, request } = exchange
  const query = writeQuery(info.query, 'UpdateOptions')
  const body = await readBody(request)
  const warn = warnerOf(exchange)
  const contentType = request.headers['content-type']
  const { kind, schema } = served.definition
  const object = decodeBody(body, contentType, kind, query.fieldValidation, warn, { schema })
  served.definition.setDefaults?.(object)
  checkName(object, info.name, info.namespace)
  const stored = toStored(served, object)
  const change: Change = {
    uid: object.metadata.uid || undefined,
    authorizeCreate: () => authorizeCreate(context, exchange),
    // A copy for each try: what one try has changed must not reach the next.
    produce: () => deepClone(stored),
  }
  const result = await context.pipeline.update(writeOf(exchange, served, info.name, query), change)
  await respondObject(context, exchange, wanted, served, result.created ? 201 : 200, result.object)
}

/** A delete of one object. */
export async function remove(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { info } = exchange
  const options = await deleteOptions(exchange)
  const write = writeOf(exchange, served, info.name, options, info.namespace, withoutDryRun(options))
  const { object, deleted } = await context.pipeline.delete(write, options)
  // Clients that set the older option are told that the object is not gone yet.
  const status = !deleted && options.orphanDependents === false ? 202 : 200
  if (!deleted || served.stored.deleteReturnsObject) {
    return respondObject(context, exchange, wanted, served, status, object)
  }
  const { name, metadata } = { name: object.name, metadata: object.object().metadata }
  const { group, resource } = served.definition.kind
  const details = { name, ...(group === '' ? {} : { group }), kind: resource, uid: metadata.uid }
  await respond(exchange, { ...wanted, as: undefined }, 200, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
  })
}

/** How many objects of a collection are deleted side by side; their writes share commits. */
const deleteWorkers = 16

/** A delete of all objects that the selectors pick: answers with the list of them. */
export async function removeCollection(
  context: ServerContext,
  exchange: Exchange,
  wanted: Wanted,
  served: Served,
): Promise<void> {
  const { info } = exchange
  const query = listQuery(info.query, false)
  const selected = selectionOf(served, info, query)
  const options = await deleteOptions(exchange)
  const page = await pageOf(context, served, selected, query)
  const queue = page.objects.values()
  const work = async () => {
    for (const object of queue) {
      const write = writeOf(exchange, served, object.name, options, object.namespace, withoutDryRun(options))
      await context.pipeline.delete(write, options).catch(ignoreNotFound)
    }
  }
  await Promise.all(Array.from({ length: deleteWorkers }, work))
  await respond(exchange, wanted, 200, listObject(served, page, wanted, 'Metadata', context.clock.now()))
}

async function deleteOptions(exchange: Exchange): Promise<DeleteRequest> {
  const { info, request } = exchange
  const body = await readBody(request)
  if (body.length === 0) return checkDeleteOptions(deleteQuery(info.query))
  const kind = {
    group: '',
    version: 'v1',
    kind: 'DeleteOptions',
    typeName: 'apimachinery.pkg.apis.meta.v1.DeleteOptions',
  }
  const { kind: _kind, apiVersion: _version, metadata: _metadata, ...options } = decodeOptions(body, exchange, kind)
  return checkDeleteOptions(options)
}

/** Every group has a DeleteOptions of its own, which is the same type. */
function decodeOptions(body: Buffer, { request }: Exchange, kind: Parameters<typeof decodeBody>[2]) {
  return decodeBody(body, request.headers['content-type'], kind, 'Ignore', () => {}, { anyGroup: true })
}

export function writeOf(
  { info, user, warnings, request }: Exchange,
  served: Served,
  name: string,
  { dryRun = false, fieldManager = '' }: { readonly dryRun?: boolean; readonly fieldManager?: string },
  namespace = info.namespace,
  options: Readonly<Record<string, unknown>> = {},
): Write {
  return {
    served,
    subresource: info.subresource,
    key: { namespace: served.info.namespaced ? namespace : undefined, name },
    user,
    manager: managerOf(fieldManager, request.headers['user-agent']),
    dryRun,
    options: { ...askedOptions(info.query), ...options },
    warn: (message) => warnings.add(message),
  }
}

const withoutDryRun = ({ dryRun: _dryRun, ...options }: DeleteRequest): Readonly<Record<string, unknown>> => options

/** The parameters of a write as CreateOptions and UpdateOptions have them; a patch is an update to who judges it. */
function askedOptions(query: URLSearchParams): Readonly<Record<string, unknown>> {
  const asked = ['fieldManager', 'fieldValidation'].map((name) => [name, query.get(name)] as const)
  return Object.fromEntries(asked.filter(([, value]) => value))
}

export const warnerOf =
  ({ warnings }: Exchange) =>
  (message: string): void => {
    warnings.add(message)
  }

export function toStored({ definition, stored }: Served, object: KubeObject): KubeObject {
  if (!definition.storedAs) return object
  const converted = definition.storedAs.toStored(object)
  stored.setDefaults?.(converted)
  return converted
}

/** A stored object in the form in which the resource is served; nobody may change it. */
export function formOf({ definition }: Served, object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> {
  return definition.storedAs ? { ...definition.storedAs.fromStored(object), ...typeOf(definition) } : object
}

/** Throws 403 where the writer may not create the object that it updates. */
export function authorizeCreate({ authorizer }: ServerContext, { info, user }: Exchange): void {
  const attributes = resourceAttributes({
    verb: 'create',
    apiGroup: info.group,
    apiVersion: info.version,
    resource: info.resource,
    subresource: info.subresource,
    namespace: info.namespace,
    name: info.name,
  })
  const { allowed, reason } = authorizer.authorize(user, attributes)
  if (!allowed) throw forbiddenError(user, attributes, reason)
}

/** Refuses a body that is of another object than the path. */
export function checkName(object: KubeObject, name: string, namespace: string): void {
  const { name: own = '', namespace: ownNamespace = '' } = object.metadata
  if (own === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`)
  }
  if (namespace !== '' && ownNamespace !== '' && ownNamespace !== namespace) {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`)
  }
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error
}
