export { matchesNodeSelector, matchesNodeSelectorTerm, matchesPodNodeAffinity } from './node-affinity.ts'
export {
  isPodActive,
  isPodAvailable,
  isPodReady,
  isPodTerminal,
  podCondition,
  updatePodCondition,
} from './pod-conditions.ts'
export {
  addResources,
  isRestartableInitContainer,
  maxResources,
  type PodRequestsOptions,
  podLimits,
  podRequests,
  type Resources,
  resourcesOf,
} from './pod-resources.ts'
export { qosClass } from './qos-class.ts'
export {
  claimQuotaUsage,
  computeUsage,
  inQuotaScopes,
  podQuotaUsage,
  quotaScopes,
  serviceQuotaUsage,
} from './quota-usage.ts'
export { findUntolerated, tolerates, toleratesAll } from './taints.ts'
export { aggregatedRules } from './aggregated-rules.ts'
export { compactRules, uncoveredRules, urlCovers } from './policy-rules.ts'
