import type { ClusterRole, PolicyRule } from '@wherry/api'
import { type DeepReadonly, deepClone, deepEqual, matcherOf } from '@wherry/apimachinery'

type Role = DeepReadonly<ClusterRole>

/**
 * The rules that an aggregated role holds: those of all others that its selectors find, in the order of selectors and
 * names, each once. Undefined for a role that is not made of others (upstream
 * `pkg/controller/clusterroleaggregation`).
 */
export function aggregatedRules(role: Role, all: readonly Role[]): PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors
  if (!role.aggregationRule) return undefined
  const byName = all.filter((other) => other.metadata.name !== role.metadata.name).sort(compareNames)
  const rules: PolicyRule[] = []
  for (const selector of selectors ?? []) {
    const matcher = matcherOf(selector)
    for (const other of byName) {
      if (!matcher.matches(other.metadata.labels)) continue
      for (const rule of other.rules ?? []) {
        if (!rules.some((own) => deepEqual(own, rule))) rules.push(deepClone<PolicyRule>(rule))
      }
    }
  }
  return rules
}

function compareNames(a: Role, b: Role): number {
  const [first = '', second = ''] = [a.metadata.name, b.metadata.name]
  return first < second ? -1 : first > second ? 1 : 0
}
