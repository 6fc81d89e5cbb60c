import { describe, expect, it } from 'vitest'
import { aNode } from '../../testing/index.ts'
import { evictionRate, zoneOf, zoneStates } from './zones.ts'

const options = {
  evictionRate: 0.1,
  secondaryEvictionRate: 0.01,
  largeClusterThreshold: 50,
  unhealthyZoneThreshold: 0.55,
}
const nodes = (zone: string, ready: number, notReady: number) =>
  Array.from({ length: ready + notReady }, (_, i) =>
    aNode({
      name: `${zone}-${i}`,
      ready: i < ready ? 'True' : 'Unknown',
      labels: { 'topology.kubernetes.io/zone': zone },
    }),
  )

describe('the rate of evictions in a zone', () => {
  it.each([
    { name: 'a healthy zone', zones: [nodes('a', 9, 1)], want: 0.1 },
    { name: 'two nodes of which one is down', zones: [nodes('a', 1, 1)], want: 0.1 },
    { name: 'a small zone, mostly down', zones: [nodes('a', 2, 3)], want: 0 },
    { name: 'a large zone, mostly down', zones: [nodes('a', 20, 40)], want: 0.01 },
    { name: 'a zone that is down while another is not', zones: [nodes('a', 0, 3), nodes('b', 3, 0)], want: 0.1 },
    { name: 'everything down', zones: [nodes('a', 0, 3), nodes('b', 0, 1)], want: 0 },
    { name: 'the only node down', zones: [nodes('a', 0, 1)], want: 0 },
  ])('$name: $want', ({ zones, want }) => {
    const all = zones.flat()
    const [first] = all
    const zone = first ? zoneOf(first) : ''
    const inZone = all.filter((node) => zoneOf(node) === zone).length
    expect(evictionRate(zone, zoneStates(all, options), inZone, options)).toBe(want)
  })
})
