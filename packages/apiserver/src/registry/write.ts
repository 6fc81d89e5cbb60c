import type { KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { ObjectKey } from './behaviours.ts'
import type { RequestFacts, UserInfo } from './resource.ts'
import type { Served } from './served.ts'

/** One write request, whatever it does to the object. */
export interface Write {
  readonly served: Served
  /** Empty for the object itself. */
  readonly subresource: string
  /** The name is empty while it is to be generated, or for a whole collection. */
  readonly key: ObjectKey
  readonly user: UserInfo
  /** Who writes, for managedFields; empty: the write leaves them as they are, and its own fields without an owner. */
  readonly manager: string
  readonly dryRun: boolean
  /** What the client asked beside that, by the names of CreateOptions and its like, for who judges the request. */
  readonly options?: Readonly<Record<string, unknown>>
  /** Adds a `Warning` header to the answer. */
  warn(message: string): void
}

/** How an update makes the new object; run again each time that another writer came first. */
export interface Change {
  /** The object must have this uid. */
  readonly uid?: string | undefined
  /** `produce` has set managedFields already, as an apply does. */
  readonly managed?: boolean
  /** An absent object is created, whatever its kind allows. */
  readonly createAbsent?: boolean
  /** Throws where the writer may not create an absent object. */
  authorizeCreate?(): void
  /** The new object, which the pipeline may change; `old` is undefined where the object does not exist. */
  produce(old: DeepReadonly<KubeObject> | undefined): KubeObject | Promise<KubeObject>
}

export const factsOf = (write: Write, now: number): RequestFacts => ({ user: write.user, now, dryRun: write.dryRun })

/** The object's key in its resource's cache. */
export function cacheKey({ namespace, name }: ObjectKey): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}
