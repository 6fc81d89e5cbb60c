import type { Kind, KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { UserInfo } from './resource.ts'

export interface ObjectKey {
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string | undefined
  readonly name: string
}

export interface WriteOptions {
  readonly user: UserInfo
  readonly dryRun?: boolean
  /** The write leaves managedFields as they are. As upstream's own stores write, such as that of bindings. */
  readonly untracked?: boolean
}

/** Preconditions and policy of a delete, as in `meta/v1 DeleteOptions`. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: string
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
  readonly dryRun?: boolean
}

/**
 * One resource's objects, as code inside the server reads and writes them. Reads come from the watch cache at its
 * latest revision; writes take the same path as a client's (defaults, admission, validation) and throw `StatusError`.
 */
export interface ResourceStore<T extends KubeObject> {
  get(key: ObjectKey): DeepReadonly<T> | undefined
  list(namespace?: string): DeepReadonly<T>[]
  /** The revision of this resource's last change in the watch cache: while it stays, nothing has changed. */
  revision(): number
  create(object: T, options: WriteOptions): Promise<T>
  /** Reads, changes and writes, again while others write in between; `change` may throw to give up. */
  update(key: ObjectKey, change: (object: T) => void, options: WriteOptions & { subresource?: string }): Promise<T>
  delete(key: ObjectKey, options: WriteOptions & DeleteOptions): Promise<void>
}

/** What strategies with behaviour, admission plugins and subresources may use of the server. */
export interface Behaviours {
  store<T extends KubeObject>(kind: Kind<T>): ResourceStore<T>
  /** The server's clock, in milliseconds since the epoch. */
  now(): number
  /** Whether the user has a watch open. */
  isWatching(user: string): boolean
  /** Throws when storage cannot be relied on. */
  checkStorage(): void
  readonly options: ServerOptions
}

/** Options of the server that strategies see. */
export interface ServerOptions {
  /** Such as `127.64.0.0/16`. */
  readonly serviceClusterIPRange: string
  /** First and last port, both included. */
  readonly serviceNodePortRange: readonly [number, number]
  /** Endpoints in 127.0.0.0/8 are allowed: pods of the host runtime live there. */
  readonly allowLoopbackEndpoints: boolean
}
