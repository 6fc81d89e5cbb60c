import { type KubeObject, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '@wherry/api'
import { type DeepReadonly, deepClone, semanticEqual, StatusError } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { admissionRequest } from '../matching/request.ts'
import type { Invocations } from '../reinvocation.ts'
import { refusal } from '../targets.ts'
import { evaluateExpression, matchConditions, newEvaluation, OutOfBudget, policyBudget } from './activation.ts'
import { invocationsOf, type PolicyDeps } from './invocations.ts'
import { type CompiledMutatingPolicy, compileMutatingPolicy, type Mutation } from './mutating-policy.ts'
import { applyConfigurationExpression, applyPatchExpression, MutationError } from './mutation.ts'
import { policyHooks } from './policy-hooks.ts'
import { authorizerVariables, namespaceObjectOf } from './variables.ts'

/** One policy, by one binding, with one parameter object, on one request. */
interface Evaluation {
  readonly policy: CompiledMutatingPolicy
  readonly binding: string
  readonly form: Form
  readonly param: DeepReadonly<KubeObject> | null
}

const name = 'MutatingAdmissionPolicy'

/** Changes requests by all policies that have bindings. As upstream: admission/plugin/policy/mutating. */
export class MutatingPolicies {
  readonly #deps: PolicyDeps
  readonly #hooks = policyHooks(MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding, compileMutatingPolicy)

  constructor(deps: PolicyDeps) {
    this.#deps = deps
  }

  /** Changes the object in place; throws where a policy fails that must not. */
  async mutate(attributes: AdmissionAttributes, behaviours: Behaviours): Promise<void> {
    const errors: string[] = []
    const evaluations = this.#evaluations(attributes, behaviours, errors)
    const invocations = attributes.reinvocation.of(name)
    invocations.begin(attributes.object)
    for (const evaluation of evaluations) await this.#evaluate(evaluation, invocations, attributes, behaviours, errors)
    invocations.end(attributes.object)
    const [first] = errors
    if (first === undefined) return
    const { status } = refusal(attributes, 'admission request denied by policy')
    const causes = errors.map((message) => ({ message }))
    throw new StatusError({ ...status, reason: 'Invalid', message: first, details: { ...status.details, causes } })
  }

  #evaluations(attributes: AdmissionAttributes, behaviours: Behaviours, errors: string[]): Evaluation[] {
    const deps = { registry: this.#deps.registry, behaviours }
    return this.#hooks(behaviours).flatMap((hook) => {
      const policy = hook.compiled
      const failed = (message: string, binding?: DeepReadonly<MutatingAdmissionPolicyBinding>) =>
        report(policy, binding?.metadata.name, message, errors)
      return invocationsOf(hook, attributes, deps, failed).flatMap(({ binding, form, params }) =>
        params.map((param) => ({ policy, binding: binding.metadata.name ?? '', form, param })),
      )
    })
  }

  async #evaluate(
    { policy, binding, form, param }: Evaluation,
    invocations: Invocations,
    attributes: AdmissionAttributes,
    behaviours: Behaviours,
    errors: string[],
  ): Promise<void> {
    const { object } = attributes
    if (!object) return
    const before = deepClone(object)
    const evaluate = async (namespace: object | null) =>
      newEvaluation({
        object: await form.from(object),
        old: attributes.old ? await form.from(attributes.old) : null,
        request: admissionRequest(attributes, form),
        namespace,
        params: param,
        composed: policy.variables,
        ...authorizerVariables(this.#deps.authorizer, attributes),
      })
    if (policy.conditions.length > 0) {
      const { matches, error } = matchConditions(policy.conditions, await evaluate(null))
      if (error !== undefined) return report(policy, binding, error, errors)
      if (!matches) return
    }
    const key = `${policy.name}/${binding}/${param?.metadata?.namespace ?? ''}/${param?.metadata?.name ?? ''}`
    if (!invocations.isDue(key)) return
    const namespace = namespaceObjectOf(attributes, behaviours)
    for (const mutation of policy.mutations) {
      try {
        const outcome = evaluateExpression(mutation.expression, await evaluate(namespace), { left: policyBudget })
        if (outcome.error !== undefined) {
          const { error } = mutation.expression
          throw new MutationError(error === '' ? outcome.error : error)
        }
        await form.into(object, apply(mutation, attributes, await form.from(object), outcome.value))
      } catch (error) {
        if (!(error instanceof MutationError || error instanceof OutOfBudget)) throw error
        report(policy, binding, error.message, errors)
      }
    }
    invocations.done(key, { changed: !semanticEqual(before, object), reinvocable: policy.reinvocable })
  }
}

function apply(
  { patchType }: Mutation,
  { served }: AdmissionAttributes,
  object: KubeObject,
  value: Parameters<typeof applyPatchExpression>[1],
): unknown {
  if (patchType === 'JSONPatch') return applyPatchExpression(object, value)
  if (!served) throw new MutationError('error applying patch: type converter must not be nil')
  return applyConfigurationExpression(served, object, value)
}

function report(policy: CompiledMutatingPolicy, binding: string | undefined, message: string, errors: string[]): void {
  if (policy.ignoresFailure) return
  const by = binding === undefined ? `policy "${policy.name}"` : `policy '${policy.name}' with binding '${binding}'`
  errors.push(`${by} denied request: ${message}`)
}
