import { maxScore, type Plugin } from '../framework/plugin.ts'

/** Prefers nodes on which cpu and memory would be used to the same share. */
export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  events: ['NodeAdd', 'NodeAllocatable', 'AssignedPodDelete'],
  place(pod) {
    return {
      score(node) {
        const [cpu, memory] = (['cpu', 'memory'] as const).map((resource) => {
          const allocatable = node.allocatable.get(resource) ?? 0
          const used = (node.requested.get(resource) ?? 0) + (pod.requests.get(resource) ?? 0)
          return allocatable === 0 ? 0 : Math.min(1, used / allocatable)
        })
        // The standard deviation of two numbers is half their distance.
        return Math.floor((1 - Math.abs((cpu ?? 0) - (memory ?? 0)) / 2) * maxScore)
      },
    }
  },
}
