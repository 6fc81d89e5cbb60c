import { type KubeObject, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '@wherry/api'
import { type DeepReadonly, deepClone, semanticEqual, StatusError } from '@wherry/apimachinery'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { refusal } from '../targets.ts'
import type { Form } from '../webhooks/forms.ts'
import { evaluateExpression, matchConditions, newEvaluation, OutOfBudget, policyBudget } from './activation.ts'
import { matchingForm } from './matching.ts'
import { type CompiledMutatingPolicy, compileMutatingPolicy, type Mutation } from './mutating-policy.ts'
import { applyConfigurationExpression, applyPatchExpression, MutationError } from './mutation.ts'
import { ConfigurationError, collectParams } from './params.ts'
import { policyHooks } from './policy-hooks.ts'
import { authorizerVariables, namespaceObjectOf, requestOf } from './request.ts'

export interface PolicyDeps {
  readonly registry: Registry
  readonly authorizer: Authorizer | undefined
}

/** One policy, by one binding, with one parameter object, on one request. */
interface Invocation {
  readonly policy: CompiledMutatingPolicy
  readonly binding: string
  readonly form: Form
  readonly param: DeepReadonly<KubeObject> | null
}

/** What the second round must know of the first. */
interface Round {
  asked: Set<string>
  again: Set<string>
  output: KubeObject | undefined
}

const name = 'MutatingAdmissionPolicy'
const isRound = (note: unknown): note is Round => note !== undefined

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
    const invocations = this.#invocations(attributes, behaviours, errors)
    const round = roundOf(attributes)
    if (attributes.reinvocation.running && !semanticEqual(round.output, attributes.object)) askAgain(round)
    for (const invocation of invocations) {
      await this.#invoke(invocation, round, attributes, behaviours, errors)
    }
    round.output = attributes.object && deepClone(attributes.object)
    const [first] = errors
    if (first === undefined) return
    const { status } = refusal(attributes, 'admission request denied by policy')
    const causes = errors.map((message) => ({ message }))
    throw new StatusError({ ...status, reason: 'Invalid', message: first, details: { ...status.details, causes } })
  }

  #invocations(attributes: AdmissionAttributes, behaviours: Behaviours, errors: string[]): Invocation[] {
    const deps = { registry: this.#deps.registry, behaviours }
    const found: Invocation[] = []
    for (const { policy, compiled, bindings } of this.#hooks(behaviours)) {
      let form: Form | undefined
      try {
        form = matchingForm(policy.spec?.matchConstraints ?? {}, attributes, deps)
      } catch (error) {
        configured(error, compiled, undefined, errors)
      }
      if (!form) continue
      for (const { metadata, spec } of bindings) {
        const binding = metadata.name ?? ''
        try {
          if (spec?.matchResources && !matchingForm(spec.matchResources, attributes, deps)) continue
          const params = collectParams(policy.spec?.paramKind, spec?.paramRef, attributes.namespace, deps)
          for (const param of params) found.push({ policy: compiled, binding, form, param })
        } catch (error) {
          configured(error, compiled, binding, errors)
        }
      }
    }
    return found
  }

  async #invoke(
    { policy, binding, form, param }: Invocation,
    round: Round,
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
        request: requestOf(attributes, form),
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
    if (attributes.reinvocation.running && !round.again.has(key)) return
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
    if (!semanticEqual(before, object)) {
      askAgain(round)
      attributes.reinvocation.request()
    }
    if (policy.reinvocable) round.asked.add(key)
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

function configured(
  error: unknown,
  policy: CompiledMutatingPolicy,
  binding: string | undefined,
  errors: string[],
): void {
  if (!(error instanceof ConfigurationError || error instanceof StatusError)) throw error
  report(policy, binding, error.message, errors)
}

function report(policy: CompiledMutatingPolicy, binding: string | undefined, message: string, errors: string[]): void {
  if (policy.ignoresFailure) return
  const by = binding === undefined ? `policy "${policy.name}"` : `policy '${policy.name}' with binding '${binding}'`
  errors.push(`${by} denied request: ${message}`)
}

function roundOf({ reinvocation: { notes } }: AdmissionAttributes): Round {
  const known = notes.get(name)
  if (isRound(known)) return known
  const round: Round = { asked: new Set(), again: new Set(), output: undefined }
  notes.set(name, round)
  return round
}

function askAgain(round: Round): void {
  for (const key of round.asked) round.again.add(key)
  round.asked = new Set()
}
