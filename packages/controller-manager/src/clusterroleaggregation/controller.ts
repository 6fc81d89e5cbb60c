import { ClusterRole } from '@wherry/api'
import { deepClone, deepEqual } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import { aggregatedRules } from '@wherry/component-helpers'
import type { ControllerDeps } from '../controller-deps.ts'

/** Writes into each aggregated role the rules of those it is made of. As upstream's clusterrole-aggregation-controller. */
export function newClusterRoleAggregationController({ client, informers }: ControllerDeps): Controller {
  const roles = informers.for(ClusterRole).lister
  const aggregated = () => roles.list().filter((role) => role.aggregationRule !== undefined)
  return {
    name: 'clusterrole-aggregation',
    primary: ClusterRole,
    // Any role may be part of any aggregated one, before and after its labels change.
    watches: [watching(ClusterRole, () => aggregated().map(({ metadata }) => metadata.name ?? ''))],
    async reconcile(key) {
      const role = roles.get(key)
      const rules = role && aggregatedRules(role, roles.list())
      if (!role || !rules || deepEqual(rules, role.rules ?? [])) return undefined
      await client.update(ClusterRole, { ...deepClone<ClusterRole>(role), rules })
      return undefined
    },
  }
}
