import type { KubeObject, ResourceInfo } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { AdmissionAttributes, AdmissionPlugin, Operation } from '../admission/admission.ts'
import { Reinvocation } from '../admission/reinvocation.ts'
import type { Behaviours, ObjectKey } from './behaviours.ts'
import type { UserInfo } from './resource.ts'
import type { Served } from './served.ts'

/** What admission needs to know of a request. */
export interface AdmittedRequest {
  /** What the object is stored as; absent where nothing is stored. */
  readonly served?: Served
  readonly subresource: string
  readonly key: ObjectKey
  readonly user: UserInfo
  readonly dryRun: boolean
  readonly options?: Readonly<Record<string, unknown>>
  warn(message: string): void
}

/** The plugins one after another: first those that change the object, then, once it is validated, those that judge it. */
export interface AdmissionChain {
  admit(attributes: Attributes): Promise<void>
  validate(attributes: Attributes): Promise<void>
}

export function newAdmissionChain(plugins: readonly AdmissionPlugin[], behaviours: Behaviours): AdmissionChain {
  const mutating = plugins.filter((plugin) => plugin.admit)
  const validating = plugins.filter((plugin) => plugin.validate)
  return {
    async admit(attributes) {
      for (const plugin of mutating) await plugin.admit?.(attributes, behaviours)
      // Once more, and no more than once.
      if (!attributes.reinvocation.begin()) return
      for (const plugin of mutating) await plugin.admit?.(attributes, behaviours)
    },
    async validate(attributes) {
      for (const plugin of validating) await plugin.validate?.(attributes, behaviours)
    },
  }
}

/** One write as the plugins see it, from the first to the last of them. */
export class Attributes implements AdmissionAttributes {
  readonly operation: Operation
  readonly resource: ResourceInfo
  readonly object: KubeObject | undefined
  readonly reinvocation = new Reinvocation()
  readonly #request: AdmittedRequest
  readonly #old: DeepReadonly<KubeObject> | undefined

  constructor(
    operation: Operation,
    resource: ResourceInfo,
    request: AdmittedRequest,
    object: KubeObject | undefined,
    old?: DeepReadonly<KubeObject>,
  ) {
    this.operation = operation
    this.resource = resource
    this.object = object
    this.#request = request
    this.#old = old
  }

  get served(): Served | undefined {
    return this.#request.served
  }

  get subresource(): string {
    return this.#request.subresource
  }

  get namespace(): string | undefined {
    return this.#request.key.namespace || undefined
  }

  get name(): string {
    return this.object?.metadata?.name ?? this.#request.key.name
  }

  get user(): UserInfo {
    return this.#request.user
  }

  get dryRun(): boolean {
    return this.#request.dryRun
  }

  get options(): Readonly<Record<string, unknown>> {
    return this.#request.options ?? {}
  }

  /** Shared with all readers: nobody changes it. */
  get old(): DeepReadonly<KubeObject> | undefined {
    return this.#old
  }

  warn(message: string): void {
    this.#request.warn(message)
  }
}
