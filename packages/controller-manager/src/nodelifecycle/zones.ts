import { type NodeView, readyCondition } from './health.ts'

export type ZoneState = 'Initial' | 'Normal' | 'PartialDisruption' | 'FullDisruption'

export interface ZoneOptions {
  /** Evictions a second in a zone that is well. */
  evictionRate: number
  /** Evictions a second in a large zone of which much is unwell; small ones stop. */
  secondaryEvictionRate: number
  largeClusterThreshold: number
  unhealthyZoneThreshold: number
}

/** Which zone a node belongs to: its region and zone labels. */
export function zoneOf(node: NodeView): string {
  const labels = node.metadata.labels ?? {}
  const region = labels['topology.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? ''
  return region || zone ? `${region}:\u0000:${zone}` : ''
}

/** The state of every zone, by what its nodes' Ready conditions say. As `ComputeZoneState`. */
export function zoneStates(
  nodes: readonly NodeView[],
  { unhealthyZoneThreshold }: ZoneOptions,
): Map<string, ZoneState> {
  const counts = new Map<string, { ready: number; notReady: number }>()
  for (const node of nodes) {
    const zone = zoneOf(node)
    const count = counts.get(zone) ?? { ready: 0, notReady: 0 }
    counts.set(zone, count)
    if (readyCondition(node)?.status === 'True') count.ready++
    else count.notReady++
  }
  return new Map(
    [...counts].map(([zone, { ready, notReady }]) => [zone, stateOf(ready, notReady, unhealthyZoneThreshold)]),
  )
}

function stateOf(ready: number, notReady: number, threshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption'
  if (notReady > 2 && notReady / (notReady + ready) >= threshold) return 'PartialDisruption'
  return 'Normal'
}

/**
 * How many nodes of a zone may be tainted NoExecute in a second. Where no node at all is ready, the fault is rather
 * between here and them: nothing is evicted.
 */
export function evictionRate(
  zone: string,
  states: ReadonlyMap<string, ZoneState>,
  nodesInZone: number,
  options: ZoneOptions,
): number {
  if ([...states.values()].every((state) => state === 'FullDisruption')) return 0
  if (states.get(zone) !== 'PartialDisruption') return options.evictionRate
  return nodesInZone > options.largeClusterThreshold ? options.secondaryEvictionRate : 0
}
