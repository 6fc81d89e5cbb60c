import type { RuleWithOperations } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { equivalentForms, type Form, requestForm } from './forms.ts'

/** A rule of a webhook, or of a policy, which may name objects. */
export type Rule = DeepReadonly<RuleWithOperations & { resourceNames?: string[] }>

/**
 * The form in which the rules match the request: its own, or, where `equivalents` count, another version of the
 * resource; undefined: they do not. As upstream: `generic.Webhook.ShouldCallHook` and policy/matching.
 */
export function matchingForm(
  rules: readonly Rule[],
  equivalents: boolean,
  attributes: AdmissionAttributes,
  registry: Registry,
): Form | undefined {
  const own = requestForm(attributes)
  if (rules.some((rule) => matchesRule(rule, attributes, own.resource))) return own
  if (!equivalents || rules.length === 0) return undefined
  const others = equivalentForms(registry, attributes)
  for (const rule of rules) {
    const found = others.find(({ resource }) => matchesRule(rule, attributes, resource))
    if (found) return found
  }
  return undefined
}

/** As upstream: webhook/predicates/rules. */
function matchesRule(
  rule: Rule,
  attributes: AdmissionAttributes,
  { group, version, resource }: Form['resource'],
): boolean {
  const { apiGroups = [], apiVersions = [], operations = [], resources = [], resourceNames = [], scope = '*' } = rule
  const covers = (items: readonly string[], wanted: string) => items.includes('*') || items.includes(wanted)
  return (
    matchesScope(scope, attributes) &&
    covers(operations, attributes.operation) &&
    covers(apiGroups, group) &&
    covers(apiVersions, version) &&
    (resourceNames.length === 0 || resourceNames.includes(attributes.name)) &&
    resources.some((one) => {
      const [name = '', subresource = ''] = one.split('/', 2)
      return (name === '*' || name === resource) && (subresource === '*' || subresource === attributes.subresource)
    })
  )
}

function matchesScope(scope: string, attributes: AdmissionAttributes): boolean {
  if (scope === '*') return true
  const namespaced = !isNamespace(attributes) && attributes.namespace !== undefined
  return scope === 'Namespaced' ? namespaced : scope === 'Cluster' && !namespaced
}

/** Whether the request is about a Namespace, which is cluster-scoped and yet in a namespace: its own. */
export const isNamespace = ({ resource }: AdmissionAttributes): boolean =>
  resource.group === '' && resource.resource === 'namespaces'

/** The namespace that admission takes a request to be in; empty: none. */
export function namespaceOf(attributes: AdmissionAttributes): string {
  return isNamespace(attributes) ? attributes.name : (attributes.namespace ?? '')
}

const configurations = new Set([
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
])

/** What decides about admission is not subject to it: a cluster could lock itself out. */
export function isExempt({ resource }: AdmissionAttributes): boolean {
  return resource.group === 'admissionregistration.k8s.io' && configurations.has(resource.resource)
}
