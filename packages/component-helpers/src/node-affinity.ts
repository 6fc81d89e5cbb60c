import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

type Requirement = DeepReadonly<NodeSelectorRequirement>

/**
 * Whether one of the selector's terms selects the node. A term without requirements selects nothing, and so does a
 * requirement that makes no sense (`In` without values, `Gt` of what is no integer).
 * As k8s.io/component-helpers/scheduling/corev1/nodeaffinity.
 */
export function matchesNodeSelector(node: DeepReadonly<Node>, selector: DeepReadonly<NodeSelector>): boolean {
  return selector.nodeSelectorTerms.some((term) => matchesNodeSelectorTerm(node, term))
}

/** Whether all requirements of the term hold for the node's labels and fields. */
export function matchesNodeSelectorTerm(node: DeepReadonly<Node>, term: DeepReadonly<NodeSelectorTerm>): boolean {
  const expressions = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (expressions.length === 0 && fields.length === 0) return false
  return (
    expressions.every((r) => matchesLabel(node.metadata.labels ?? {}, r)) && fields.every((r) => matchesField(node, r))
  )
}

/** Whether the pod's nodeSelector and its required node affinity both allow the node. */
export function matchesPodNodeAffinity(pod: DeepReadonly<Pod>, node: DeepReadonly<Node>): boolean {
  const labels = node.metadata.labels ?? {}
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) {
    if (!Object.hasOwn(labels, key) || labels[key] !== value) return false
  }
  const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || matchesNodeSelector(node, required)
}

function matchesLabel(labels: Readonly<Record<string, string>>, requirement: Requirement): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined
  const values = requirement.values ?? []
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return values.length > 0 && (value === undefined || !values.includes(value))
    case 'Exists':
      return value !== undefined && values.length === 0
    case 'DoesNotExist':
      return value === undefined && values.length === 0
    case 'Gt':
    case 'Lt': {
      const actual = parseInteger(value)
      const bound = values.length === 1 ? parseInteger(values[0]) : undefined
      if (actual === undefined || bound === undefined) return false
      return requirement.operator === 'Gt' ? actual > bound : actual < bound
    }
    default:
      return false
  }
}

/** Only `metadata.name` with `In` or `NotIn` and one value makes sense. */
function matchesField(node: DeepReadonly<Node>, requirement: Requirement): boolean {
  if (requirement.key !== 'metadata.name' || requirement.values?.length !== 1) return false
  const same = requirement.values[0] === node.metadata.name
  if (requirement.operator === 'In') return same
  return requirement.operator === 'NotIn' && !same
}

function parseInteger(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined
}
