import { ValidatingAdmissionPolicyBinding } from '@wherry/api'
import type { AdmissionPlugin } from '../admission.ts'
import { isExempt } from '../matching/rules.ts'
import type { PolicyDeps } from './invocations.ts'
import type { ValidatingPolicies } from './validating-dispatch.ts'

/** ValidatingAdmissionPolicies. What evaluates them is loaded when the first one is bound. */
export function newValidatingAdmissionPolicies(deps: PolicyDeps): AdmissionPlugin {
  let policies: ValidatingPolicies | undefined
  let known: { revision: number; any: boolean } | undefined
  return {
    name: 'ValidatingAdmissionPolicy',
    async validate(attributes, behaviours) {
      const bindings = behaviours.store(ValidatingAdmissionPolicyBinding)
      const revision = bindings.revision()
      if (known?.revision !== revision) known = { revision, any: bindings.list().length > 0 }
      if (!known.any || isExempt(attributes)) return
      policies ??= new (await import('./validating-dispatch.ts')).ValidatingPolicies(deps)
      await policies.judge(attributes, behaviours)
    },
  }
}
