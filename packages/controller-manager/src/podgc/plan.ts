import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { byCreation } from '../meta.ts'

type PodView = DeepReadonly<Pod>

/** The ended pods beyond the threshold: evicted ones first, then the oldest. A threshold of 0 keeps all. */
export function surplusTerminated(ended: readonly PodView[], threshold: number): PodView[] {
  const surplus = ended.length - threshold
  if (threshold <= 0 || surplus <= 0) return []
  const evicted = (pod: PodView) => pod.status?.reason === 'Evicted'
  return [...ended].sort((a, b) => Number(evicted(b)) - Number(evicted(a)) || byCreation(a, b)).slice(0, surplus)
}
