import type { KubeObject, ResourceInfo } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { Served } from '../registry/served.ts'
import type { Reinvocation } from './reinvocation.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** One write, as admission sees it. */
export interface AdmissionAttributes {
  readonly operation: Operation
  readonly resource: ResourceInfo
  /** Absent for kinds and subresources that store nothing of their own. */
  readonly served: Served | undefined
  readonly reinvocation: Reinvocation
  /** Empty for the resource itself. */
  readonly subresource: string
  readonly namespace: string | undefined
  /** Empty while a generateName is not yet resolved. */
  readonly name: string
  /** What is being written; mutating plugins change it in place. */
  readonly object: KubeObject | undefined
  readonly old: DeepReadonly<KubeObject> | undefined
  readonly user: UserInfo
  readonly dryRun: boolean
  /** What the client asked beside that, by the names of CreateOptions and its like. */
  readonly options: Readonly<Record<string, unknown>>
  /** Adds a `Warning` header to the answer. */
  warn(message: string): void
}

/** Looks at every write. Refuses by throwing a `StatusError`, as a rule `forbidden(…)`. */
export interface AdmissionPlugin {
  /** Upstream's name, such as `NamespaceLifecycle`. */
  readonly name: string
  admit?(attributes: AdmissionAttributes, behaviours: Behaviours): Promise<void>
  validate?(attributes: AdmissionAttributes, behaviours: Behaviours): Promise<void>
}
