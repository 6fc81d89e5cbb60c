import { type MatchResources, Namespace } from '@wherry/api'
import { type DeepReadonly, deepClone, groupResource, matcherOf, notFound } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { equivalentForms, type Form, requestForm } from '../webhooks/forms.ts'
import { matchesRule, namespaceOf } from '../webhooks/matching.ts'

export interface MatchDeps {
  readonly registry: Registry
  readonly behaviours: Behaviours
}

/**
 * In which form a policy sees the request; undefined: it does not apply. Throws where the namespace whose labels it
 * selects by is not there. As upstream: admission/plugin/policy/matching.
 */
export function matchingForm(
  resources: DeepReadonly<MatchResources>,
  attributes: AdmissionAttributes,
  deps: MatchDeps,
): Form | undefined {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy } = resources
  const exact = matchPolicy === 'Exact'
  if (excludeResourceRules.length > 0 && formOf(excludeResourceRules, exact, attributes, deps.registry))
    return undefined
  const form =
    resourceRules.length === 0 ? requestForm(attributes) : formOf(resourceRules, exact, attributes, deps.registry)
  if (!form) return undefined
  return matchesNamespace(resources, attributes, deps.behaviours) && matchesObject(resources, attributes)
    ? form
    : undefined
}

type Rules = NonNullable<DeepReadonly<MatchResources>['resourceRules']>

function formOf(rules: Rules, exact: boolean, attributes: AdmissionAttributes, registry: Registry): Form | undefined {
  const own = requestForm(attributes)
  const others = exact ? [] : equivalentForms(registry, attributes)
  for (const rule of rules) {
    const { resourceNames = [] } = rule
    if (resourceNames.length > 0 && !resourceNames.includes(attributes.name)) continue
    const plain = deepClone(rule)
    const found = [own, ...others].find(({ resource }) => matchesRule(plain, attributes, resource))
    if (found) return found
  }
  return undefined
}

function matchesObject({ objectSelector }: DeepReadonly<MatchResources>, attributes: AdmissionAttributes): boolean {
  const selector = matcherOf(objectSelector ?? {})
  if (selector.empty) return true
  return [attributes.object, attributes.old].some((one) => one && selector.matches(one.metadata?.labels))
}

function matchesNamespace(
  { namespaceSelector }: DeepReadonly<MatchResources>,
  attributes: AdmissionAttributes,
  behaviours: Behaviours,
): boolean {
  const selector = matcherOf(namespaceSelector ?? {})
  const name = namespaceOf(attributes)
  const { resource, operation, object, subresource } = attributes
  const isNamespace = resource.group === '' && resource.resource === 'namespaces'
  if (selector.empty || (name === '' && !isNamespace)) return true
  if (isNamespace && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) {
    return selector.matches(object?.metadata.labels)
  }
  const namespace = behaviours.store(Namespace).get({ name })
  if (!namespace) throw notFound(groupResource(Namespace), name)
  return selector.matches(namespace.metadata.labels)
}
