import type { Behaviours, ObjectKey } from './behaviours.ts'
import type { UserInfo } from './resource.ts'

/** A decoded request to a subresource, or to a kind that stores nothing, such as TokenReview. */
export interface HandlerRequest {
  readonly verb: 'get' | 'create' | 'update' | 'patch'
  /** The parent's key; its name is empty for kinds that store nothing. */
  readonly key: ObjectKey
  /** The body, decoded and type-checked; for a patch, the object after it. Undefined for a get. */
  readonly body: unknown
  readonly user: UserInfo
  readonly dryRun: boolean
  warn(message: string): void
}

export interface HandlerResponse {
  /** The HTTP status; 201 for most creates. */
  readonly status: number
  readonly object: object
}

export type Handler = (request: HandlerRequest, behaviours: Behaviours) => Promise<HandlerResponse>

/** Handlers by verb. A patch is a `get`, the patch, and an `update`. Verbs that are absent answer 405. */
export interface ResourceHandlers {
  readonly get?: Handler
  readonly create?: Handler
  readonly update?: Handler
}

/** By `group/resource/subresource`, such as `/pods/binding`, or `authentication.k8s.io/tokenreviews`. */
export type HandlerTable = Readonly<Record<string, ResourceHandlers>>
