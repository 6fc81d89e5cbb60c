import { MutatingAdmissionPolicyBinding } from '@wherry/api'
import type { AdmissionPlugin } from '../admission.ts'
import { isExempt } from '../matching/rules.ts'
import type { PolicyDeps } from './invocations.ts'
import type { MutatingPolicies } from './mutating-dispatch.ts'

/** MutatingAdmissionPolicies. What evaluates them is loaded when the first one is bound. */
export function newMutatingAdmissionPolicies(deps: PolicyDeps): AdmissionPlugin {
  let policies: MutatingPolicies | undefined
  let known: { revision: number; any: boolean } | undefined
  return {
    name: 'MutatingAdmissionPolicy',
    async admit(attributes, behaviours) {
      const bindings = behaviours.store(MutatingAdmissionPolicyBinding)
      const revision = bindings.revision()
      if (known?.revision !== revision) known = { revision, any: bindings.list().length > 0 }
      if (!known.any || isExempt(attributes)) return
      policies ??= new (await import('./mutating-dispatch.ts')).MutatingPolicies(deps)
      await policies.mutate(attributes, behaviours)
    },
  }
}
