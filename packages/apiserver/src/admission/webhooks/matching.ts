import { Namespace, type RuleWithOperations } from '@wherry/api'
import { groupResource, notFound } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { equivalentForms, type Form, requestForm } from './forms.ts'
import type { Hook } from './hooks.ts'

export interface MatchDeps {
  readonly registry: Registry
  readonly behaviours: Behaviours
}

/**
 * In which form a webhook is to see the request; undefined: it is not asked. Throws 404 where the request's namespace,
 * whose labels the webhook selects by, is not there. As upstream: `generic.Webhook.ShouldCallHook`.
 */
export function formFor(hook: Hook, attributes: AdmissionAttributes, deps: MatchDeps): Form | undefined {
  const { objectSelector } = hook
  const inNamespace = matchesNamespace(hook, attributes, deps.behaviours)
  if (inNamespace === false) return undefined
  if (!objectSelector.empty) {
    const candidates = [attributes.object, attributes.old]
    if (!candidates.some((one) => one && objectSelector.matches(one.metadata?.labels))) return undefined
  }
  const form = matchingForm(hook, attributes, deps.registry)
  if (form && inNamespace instanceof Error) throw inNamespace
  return form
}

function matchingForm({ rules, matchesEquivalents }: Hook, attributes: AdmissionAttributes, registry: Registry) {
  const own = requestForm(attributes)
  if (rules.some((rule) => matchesRule(rule, attributes, own.resource))) return own
  if (!matchesEquivalents) return undefined
  const others = equivalentForms(registry, attributes)
  for (const rule of rules) {
    const found = others.find(({ resource }) => matchesRule(rule, attributes, resource))
    if (found) return found
  }
  return undefined
}

/** As upstream: webhook/predicates/rules. */
export function matchesRule(
  rule: RuleWithOperations,
  attributes: AdmissionAttributes,
  { group, version, resource }: Form['resource'],
): boolean {
  const { apiGroups = [], apiVersions = [], operations = [], resources = [], scope = '*' } = rule
  const covers = (items: readonly string[], wanted: string) => items.includes('*') || items.includes(wanted)
  return (
    matchesScope(scope, attributes) &&
    covers(operations, attributes.operation) &&
    covers(apiGroups, group) &&
    covers(apiVersions, version) &&
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

const isNamespace = ({ resource }: AdmissionAttributes) => resource.group === '' && resource.resource === 'namespaces'

/** The namespace that a review names: a Namespace's is its own. */
export function namespaceOf(attributes: AdmissionAttributes): string {
  return isNamespace(attributes) ? attributes.name : (attributes.namespace ?? '')
}

/** As upstream: webhook/predicates/namespace. A namespace that is not there is an error for those only who are asked. */
function matchesNamespace(
  { namespaceSelector }: Hook,
  attributes: AdmissionAttributes,
  behaviours: Behaviours,
): boolean | Error {
  const name = namespaceOf(attributes)
  const isOne = isNamespace(attributes)
  if ((name === '' && !isOne) || namespaceSelector.empty) return true
  const { operation, object, subresource } = attributes
  if (isOne && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) {
    return namespaceSelector.matches(object?.metadata.labels)
  }
  const namespace = behaviours.store(Namespace).get({ name })
  if (!namespace) return notFound(groupResource(Namespace), name)
  return namespaceSelector.matches(namespace.metadata.labels)
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
