import type { KubeObject, MatchResources, ParamKind, ParamRef } from '@wherry/api'
import { type DeepReadonly, matcherOf, StatusError } from '@wherry/apimachinery'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { type Form, requestForm } from '../matching/forms.ts'
import { matchingForm } from '../matching/rules.ts'
import { isSelected } from '../matching/selectors.ts'
import { ConfigurationError, collectParams } from './params.ts'
import type { PolicyHook } from './policy-hooks.ts'

export interface PolicyDeps {
  readonly registry: Registry
  readonly authorizer: Authorizer | undefined
}

export interface Policy extends KubeObject {
  spec?: { matchConstraints?: MatchResources; paramKind?: ParamKind }
}

export interface Binding extends KubeObject {
  spec?: { matchResources?: MatchResources; paramRef?: ParamRef }
}

/** A policy applies to a request by one of its bindings. */
export interface Invocation<B> {
  readonly binding: DeepReadonly<B>
  readonly form: Form
  /** One evaluation each; null: none to use. */
  readonly params: readonly (DeepReadonly<KubeObject> | null)[]
}

/**
 * How a policy applies to a request. `failed` is told what keeps the policy, or one of its bindings, from being asked.
 * As upstream: generic/policy_dispatcher, `Dispatch`.
 */
export function invocationsOf<P extends Policy, B extends Binding>(
  { policy, bindings }: PolicyHook<P, B, unknown>,
  attributes: AdmissionAttributes,
  deps: { registry: Registry; behaviours: Behaviours },
  failed: (message: string, binding?: DeepReadonly<B>) => void,
): Invocation<B>[] {
  const { matchConstraints = {}, paramKind }: DeepReadonly<NonNullable<Policy['spec']>> = policy.spec ?? {}
  const attempt = <T>(work: () => T, binding?: DeepReadonly<B>): T | undefined => {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof ConfigurationError || error instanceof StatusError)) throw error
      failed(error.message, binding)
      return undefined
    }
  }
  const form = attempt(() => formFor(matchConstraints, attributes, deps))
  if (!form) return []
  return bindings.flatMap((binding) => {
    const { matchResources, paramRef }: DeepReadonly<NonNullable<Binding['spec']>> = binding.spec ?? {}
    const params = attempt(() => {
      if (matchResources && !formFor(matchResources, attributes, deps)) return undefined
      return collectParams(paramKind, paramRef, attributes.namespace, deps)
    }, binding)
    return params ? [{ binding, form, params }] : []
  })
}

/** In which form a policy sees the request; undefined: it does not apply. As upstream: policy/matching. */
function formFor(
  resources: DeepReadonly<MatchResources>,
  attributes: AdmissionAttributes,
  { registry, behaviours }: { registry: Registry; behaviours: Behaviours },
): Form | undefined {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy, namespaceSelector, objectSelector } = resources
  const equivalents = matchPolicy !== 'Exact'
  if (matchingForm(excludeResourceRules, equivalents, attributes, registry)) return undefined
  const form =
    resourceRules.length === 0
      ? requestForm(attributes)
      : matchingForm(resourceRules, equivalents, attributes, registry)
  const selectors = {
    namespaceSelector: matcherOf(namespaceSelector ?? {}),
    objectSelector: matcherOf(objectSelector ?? {}),
  }
  return form && isSelected(selectors, attributes, behaviours) ? form : undefined
}
