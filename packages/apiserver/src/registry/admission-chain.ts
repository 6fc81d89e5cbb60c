import type { KubeObject, ResourceInfo } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import type { AdmissionAttributes, AdmissionPlugin, Operation } from '../admission/admission.ts'
import type { Behaviours, ObjectKey } from './behaviours.ts'
import type { UserInfo } from './resource.ts'

/** What admission needs to know of a request. */
export interface AdmittedRequest {
  readonly info: ResourceInfo
  readonly subresource: string
  readonly key: ObjectKey
  readonly user: UserInfo
  readonly dryRun: boolean
  warn(message: string): void
}

/** The plugins one after another: first those that change the object, then, once it is validated, those that judge it. */
export interface AdmissionChain {
  admit(operation: Operation, request: AdmittedRequest, object: KubeObject | undefined, old?: Old): Promise<void>
  validate(operation: Operation, request: AdmittedRequest, object: KubeObject | undefined, old?: Old): Promise<void>
}

type Old = DeepReadonly<KubeObject> | undefined

export function newAdmissionChain(plugins: readonly AdmissionPlugin[], behaviours: Behaviours): AdmissionChain {
  const mutating = plugins.filter((plugin) => plugin.admit)
  const validating = plugins.filter((plugin) => plugin.validate)
  return {
    async admit(operation, request, object, old) {
      const attributes = attributesOf(operation, request, object, old)
      for (const plugin of mutating) await plugin.admit?.(attributes, behaviours)
    },
    async validate(operation, request, object, old) {
      const attributes = attributesOf(operation, request, object, old)
      for (const plugin of validating) await plugin.validate?.(attributes, behaviours)
    },
  }
}

function attributesOf(
  operation: Operation,
  { info, subresource, key, user, dryRun, warn }: AdmittedRequest,
  object: KubeObject | undefined,
  old: Old,
): AdmissionAttributes {
  let copy: KubeObject | undefined
  return {
    operation,
    resource: info,
    subresource,
    namespace: key.namespace || undefined,
    name: object?.metadata?.name ?? key.name,
    object,
    user,
    dryRun,
    warn,
    /** A copy, made for the plugins that look at it: the original is shared with all readers. */
    get old() {
      copy ??= old && deepClone(old)
      return copy
    },
  }
}
