import type { NodeRejection } from './framework.ts'

/** Upstream's sentence about why no node takes a pod, such as `0/2 nodes are available: 2 Insufficient cpu.` */
export function fitMessage(nodes: number, rejections: Iterable<Pick<NodeRejection, 'reasons'>>): string {
  if (nodes === 0) return 'no nodes available to schedule pods'
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`).sort()
  return `0/${nodes} nodes are available${parts.length > 0 ? `: ${parts.join(', ')}` : ''}.`
}
