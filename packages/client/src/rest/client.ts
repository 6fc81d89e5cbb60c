import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { DeleteOptions, Kind, KubeObject, ListMeta, Status } from '@wherry/api'
import type { WebSocket } from 'ws'
import type { ProtocolUpgrade, Upgraded } from './upgrade.ts'

/** Names one object of a kind. */
export interface ObjectKey {
  namespace?: string
  name: string
}

/** Aborting the signal ends a request; it then rejects with the signal's reason. */
export interface CallOptions {
  signal?: AbortSignal
}

export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion?: string
  kind?: string
  metadata: ListMeta
  items: T[]
}

export interface GetOptions extends CallOptions {
  resourceVersion?: string
}

/** Which objects of a kind; no namespace means all of them. */
export interface Selection {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
}

export interface ListOptions extends Selection, CallOptions {
  limit?: number
  continue?: string
  resourceVersion?: string
  resourceVersionMatch?: 'Exact' | 'NotOlderThan'
}

export interface WriteOptions extends CallOptions {
  /** Defaults to the object's own. */
  namespace?: string
  subresource?: string
  dryRun?: boolean
  fieldManager?: string
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
}

export interface PatchOptions extends Omit<WriteOptions, 'namespace'> {
  type: 'json' | 'merge' | 'strategic' | 'apply'
  /** With `apply`: takes fields over from other managers. */
  force?: boolean
}

export interface WatchOptions extends Selection, CallOptions {
  /** Events after this version; without it the server begins with the objects as they are. */
  resourceVersion?: string
  resourceVersionMatch?: 'NotOlderThan'
  allowWatchBookmarks?: boolean
  /** Begins with an ADDED for every object and then a bookmark annotated `k8s.io/initial-events-end`. */
  sendInitialEvents?: boolean
  timeoutSeconds?: number
}

/** One change. A bookmark's object has nothing but its resourceVersion and annotations. */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
  | { type: 'ERROR'; object: Status }

export type QueryValue = string | number | boolean | readonly string[] | undefined

/** One request as it goes on the wire. */
export interface RawRequest extends CallOptions {
  method: string
  /** From the server's root, such as `/api/v1/pods`. */
  path: string
  /** Undefined values are left out. */
  query?: Readonly<Record<string, QueryValue>>
  headers?: Readonly<Record<string, string>>
  body?: string | Uint8Array
}

export interface RawResponse {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

/**
 * The API of one server, typed by `Kind`.
 *
 * Every method throws `StatusError` for what the server refused and `ConnectionError` for a server that could not be
 * reached. Requests that the server turns away with `Retry-After` are sent again, as are reads whose connection broke.
 * Objects come back with `apiVersion` and `kind` set, in lists too.
 */
export interface Client {
  get<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions): Promise<T>
  list<T extends KubeObject>(kind: Kind<T>, options?: ListOptions): Promise<KubeList<T>>
  create<T extends KubeObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  update<T extends KubeObject>(kind: Kind<T>, object: T, options?: WriteOptions): Promise<T>
  patch<T extends KubeObject>(kind: Kind<T>, key: ObjectKey, patch: unknown, options: PatchOptions): Promise<T>
  /** The object where it stays for its finalizers or its grace period, otherwise what the server says of its end. */
  delete<T extends KubeObject>(
    kind: Kind<T>,
    key: ObjectKey,
    options?: DeleteOptions & CallOptions,
  ): Promise<T | Status>
  deleteCollection(kind: Kind, options: DeleteOptions & Selection & CallOptions): Promise<void>

  getSubresource<R>(kind: Kind, key: ObjectKey, subresource: string, options?: CallOptions): Promise<R>
  createSubresource<R>(
    kind: Kind,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<R>
  updateSubresource<R>(
    kind: Kind,
    key: ObjectKey,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<R>

  /**
   * Events in order, without gap or duplicate, until the server ends the watch, the loop is left or the signal is
   * aborted. Over WebSocket; over chunked HTTP where the server does not upgrade. A consumer that falls behind stops
   * the stream from being read, so that no more than a bounded number of events is held. Throws `StatusError` when the
   * watch is refused and `ConnectionError` when its connection breaks.
   */
  watch<T extends KubeObject>(kind: Kind<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>

  /** The answer as it came, whatever its status. */
  request(request: RawRequest): Promise<RawResponse>
  /** The answer's head; its body is for the caller to read or destroy. */
  stream(request: RawRequest): Promise<IncomingMessage>
  /** An open WebSocket. A refused upgrade throws `UpgradeRefused`, or `StatusError` where the server says why. */
  webSocket(
    path: string,
    query: Readonly<Record<string, QueryValue>>,
    protocols: readonly string[],
    signal?: AbortSignal,
  ): Promise<WebSocket>
  /** A connection that goes on in another protocol, such as SPDY. Throws `StatusError` where the server refuses. */
  upgrade(request: ProtocolUpgrade): Promise<Upgraded>
  /** Closes idle connections. Requests under way go on. */
  close(): void
}
