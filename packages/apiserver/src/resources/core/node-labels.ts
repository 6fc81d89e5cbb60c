import type { NodeSelectorTerm } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/** Labels of nodes that have another name today. As pkg/api/node. */
const deprecated: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
}

/** What to say of a label, where it is one of those. */
export function deprecatedLabel(key: string): string | undefined {
  return Object.hasOwn(deprecated, key) ? deprecated[key] : undefined
}

/** As `GetWarningsForNodeSelectorTerm`. */
export function nodeTermWarnings({ matchExpressions = [] }: DeepReadonly<NodeSelectorTerm>, field: string): string[] {
  return matchExpressions.flatMap(({ key }, i) => {
    const text = deprecatedLabel(key)
    return text ? [`${field}.matchExpressions[${i}].key: ${key} is ${text}`] : []
  })
}
