import { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@wherry/api'
import { StatusError } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { admissionRequest } from '../matching/request.ts'
import { refusal } from '../targets.ts'
import { invocationsOf, type PolicyDeps } from './invocations.ts'
import { type PolicyHook, policyHooks } from './policy-hooks.ts'
import { authorizerVariables, namespaceObjectOf } from './variables.ts'
import { type CompiledPolicy, compilePolicy, judge, type PolicyInput, type Refusal } from './validating-policy.ts'

type Hook = PolicyHook<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, CompiledPolicy>

/** What a policy has against the request, and by which binding; without one where the policy itself is at fault. */
interface Denial extends Refusal {
  readonly policy: string
  readonly binding: string | undefined
}

/**
 * Judges requests by all policies that have bindings. As upstream: admission/plugin/policy/validating, `Dispatch`;
 * audit annotations are evaluated, for their errors, but there is no audit log to write them to.
 */
export class ValidatingPolicies {
  readonly #deps: PolicyDeps
  readonly #hooks = policyHooks(ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding, compilePolicy)

  constructor(deps: PolicyDeps) {
    this.#deps = deps
  }

  /** Throws the refusal of the first policy that has one. */
  async judge(attributes: AdmissionAttributes, behaviours: Behaviours): Promise<void> {
    const denials: Denial[] = []
    for (const hook of this.#hooks(behaviours)) denials.push(...(await this.#ask(hook, attributes, behaviours)))
    const [first] = denials
    if (first !== undefined) throw refusalOf(first, attributes)
  }

  async #ask(hook: Hook, attributes: AdmissionAttributes, behaviours: Behaviours): Promise<Denial[]> {
    const { compiled } = hook
    const denials: Denial[] = []
    const deps = { registry: this.#deps.registry, behaviours }
    const invocations = invocationsOf(hook, attributes, deps, (problem, binding) => {
      if (compiled.ignoresFailure) return
      const what = binding ? 'failed to configure binding' : 'failed to configure policy'
      const message = `${what}: ${problem}`
      denials.push({ message, reason: '', policy: compiled.name, binding: binding?.metadata.name })
    })
    for (const { binding, form, params } of invocations) {
      const input = await this.#input(form, attributes, behaviours)
      for (const param of params) {
        const refusals = judge(compiled, { ...input, params: param })
        const { validationActions = [] } = binding.spec ?? {}
        denials.push(...act(refusals, validationActions, compiled.name, binding.metadata.name ?? '', attributes))
      }
    }
    return denials
  }

  async #input(form: Form, attributes: AdmissionAttributes, behaviours: Behaviours): Promise<PolicyInput> {
    return {
      object: attributes.object ? await form.from(attributes.object) : null,
      old: attributes.old ? await form.from(attributes.old) : null,
      request: admissionRequest(attributes, form),
      namespace: namespaceObjectOf(attributes, behaviours),
      ...authorizerVariables(this.#deps.authorizer, attributes),
    }
  }
}

/** Deny refuses, Warn tells the client, Audit would go to the audit log. */
function act(
  refusals: readonly Refusal[],
  actions: readonly string[],
  policy: string,
  binding: string,
  attributes: AdmissionAttributes,
): Denial[] {
  if (actions.includes('Warn')) {
    for (const { message } of refusals) {
      attributes.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy}' with binding '${binding}': ${message}`,
      )
    }
  }
  return actions.includes('Deny') ? refusals.map((refusal) => ({ ...refusal, policy, binding })) : []
}

const codes: Readonly<Record<string, number>> = {
  Unauthorized: 401,
  Forbidden: 403,
  RequestEntityTooLarge: 413,
  Invalid: 422,
}

function refusalOf(denial: Denial, attributes: AdmissionAttributes): StatusError {
  const by = denial.binding === undefined ? '' : ` with binding '${denial.binding}'`
  const message = `ValidatingAdmissionPolicy '${denial.policy}'${by} denied request: ${denial.message}`
  const { status } = refusal(attributes, message)
  const reason = denial.reason === '' ? 'Invalid' : denial.reason
  const causes = [...(status.details?.causes ?? []), { message }]
  return new StatusError({ ...status, reason, code: codes[reason] ?? 422, details: { ...status.details, causes } })
}
