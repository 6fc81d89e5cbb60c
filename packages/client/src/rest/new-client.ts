import { apiVersionOf, type DeleteOptions, type Kind, type KubeObject, type Status } from '@wherry/api'
import { objectKey } from '@wherry/apimachinery'
import { type Clock, realClock } from '@wherry/component-base'
import { deleteBody, jsonBody, objectBody, patchTypes, writeQuery } from './bodies.ts'
import type {
  CallOptions,
  Client,
  GetOptions,
  KubeList,
  ListOptions,
  ObjectKey,
  PatchOptions,
  RawRequest,
  Selection,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import type { ClientConfig } from './config.ts'
import { collectionPath, objectPath } from './paths.ts'
import { responseError } from './response-error.ts'
import { isStatus } from './status.ts'
import { Transport } from './transport.ts'
import { type ProtocolUpgrade, upgradeConnection } from './upgrade.ts'
import { Watcher } from './watch.ts'
import { openExplained } from './web-socket.ts'
import { writeObserver } from './write-scope.ts'

export interface ClientDeps {
  clock?: Clock
  /** `http` never tries to upgrade a watch. */
  watchOver?: 'websocket' | 'http'
}

/** Makes a client of one API server. It connects when it is first used. */
export function newClient(
  config: ClientConfig,
  { clock = realClock, watchOver = 'websocket' }: ClientDeps = {},
): Client {
  const transport = new Transport(config, clock)
  return new RESTClient(transport, new Watcher(transport, watchOver === 'websocket'))
}

class RESTClient implements Client {
  readonly #transport: Transport
  readonly #watcher: Watcher

  constructor(transport: Transport, watcher: Watcher) {
    this.#transport = transport
    this.#watcher = watcher
  }

  async get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, options: GetOptions = {}): Promise<T> {
    const { signal, ...query } = options
    return this.#call(kind, key.name, { method: 'GET', path: objectPath(kind, key), query, signal })
  }

  async list<T extends KubeObject>(kind: Kind<T>, options: ListOptions = {}): Promise<KubeList<T>> {
    const { namespace, signal, ...query } = options
    const request = { method: 'GET', path: collectionPath(kind, namespace), query, signal }
    const list = await this.#call<KubeList<T>>(kind, undefined, request)
    const type = { apiVersion: apiVersionOf(kind), kind: kind.kind }
    // Servers leave the type out of the items, and send null for a list without any.
    return { ...list, items: (list.items ?? []).map((item) => ({ ...type, ...item })) }
  }

  async create<T extends KubeObject>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const { subresource, signal } = options
    const key = keyOf(object, options)
    if (kind.namespaced && !key.namespace) throw new Error('an empty namespace may not be set during creation')
    const path = subresource ? objectPath(kind, key, subresource) : collectionPath(kind, key.namespace)
    const request = { method: 'POST', path, query: writeQuery(options), ...objectBody(kind, object), signal }
    return this.#write(kind, key.name, request)
  }

  async update<T extends KubeObject>(kind: Kind<T>, object: T, options: WriteOptions = {}): Promise<T> {
    const key = keyOf(object, options)
    const path = objectPath(kind, key, options.subresource)
    const { signal } = options
    const request = { method: 'PUT', path, query: writeQuery(options), ...objectBody(kind, object), signal }
    return this.#write(kind, key.name, request)
  }

  async patch<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, patch: unknown, options: PatchOptions): Promise<T> {
    const path = objectPath(kind, key, options.subresource)
    const query = { ...writeQuery(options), force: options.force }
    const body = jsonBody(patch, patchTypes[options.type])
    return this.#write(kind, key.name, { method: 'PATCH', path, query, ...body, signal: options.signal })
  }

  async delete<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    { signal, ...options }: DeleteOptions & CallOptions = {},
  ): Promise<T | Status> {
    const request = { method: 'DELETE', path: objectPath(kind, key), ...deleteBody(options), signal }
    const answer = await this.#call<T | Status>(kind, key.name, request)
    if (isStatus(answer)) writeObserver()?.deleted(kind, objectKey(key), answer.details?.uid)
    else writeObserver()?.wrote(kind, answer)
    return answer
  }

  async deleteCollection(kind: Kind, options: DeleteOptions & Selection & CallOptions): Promise<void> {
    const { namespace, labelSelector, fieldSelector, signal, ...rest } = options
    const query = { labelSelector, fieldSelector }
    const path = collectionPath(kind, namespace)
    await this.#call(kind, undefined, { method: 'DELETE', path, query, ...deleteBody(rest), signal })
  }

  async getSubresource<R>(kind: Kind, key: ObjectKey, subresource: string, { signal }: CallOptions = {}): Promise<R> {
    return this.#call(kind, key.name, { method: 'GET', path: objectPath(kind, key, subresource), signal })
  }

  createSubresource<R>(
    kind: Kind,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<R> {
    return this.#writeSubresource('POST', kind, key, subresource, body, options)
  }

  updateSubresource<R>(
    kind: Kind,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<R> {
    return this.#writeSubresource('PUT', kind, key, subresource, body, options)
  }

  watch<T extends KubeObject>(kind: Kind<T>, options: WatchOptions = {}) {
    return this.#watcher.watch(kind, options)
  }

  request(request: RawRequest) {
    return this.#transport.send(request)
  }

  stream(request: RawRequest) {
    return this.#transport.open(request)
  }

  webSocket(path: string, query: RawRequest['query'] = {}, protocols: readonly string[] = [], signal?: AbortSignal) {
    return openExplained(this.#transport, { path, query, protocols, signal })
  }

  upgrade(request: ProtocolUpgrade) {
    return upgradeConnection(this.#transport, request)
  }

  close(): void {
    this.#transport.close()
  }

  async #writeSubresource<R>(
    method: string,
    kind: Kind,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options: WriteOptions,
  ): Promise<R> {
    const path = objectPath(kind, key, subresource)
    const request = { method, path, query: writeQuery(options), ...jsonBody(body), signal: options.signal }
    return this.#call(kind, key.name, request)
  }

  async #write<T extends KubeObject>(kind: Kind<T>, name: string | undefined, request: RawRequest): Promise<T> {
    const object = await this.#call<T>(kind, name, request)
    writeObserver()?.wrote(kind, object)
    return object
  }

  async #call<R>(kind: Kind, name: string | undefined, request: RawRequest): Promise<R> {
    const response = await this.#transport.send(request)
    if (response.status >= 400) throw responseError(response, { method: request.method, kind, name })
    // A server's answer is trusted to be of the type that the request asks for.
    return JSON.parse(response.body.toString('utf8')) as R
  }
}

function keyOf({ metadata }: KubeObject, { namespace = metadata.namespace }: WriteOptions): ObjectKey {
  return { name: metadata.name ?? '', ...(namespace && { namespace }) }
}
