import type { ClusterRole } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aggregatedRules } from './aggregated-rules.ts'

const rule = (resource: string) => ({ verbs: ['get'], apiGroups: [''], resources: [resource] })
const part = (name: string, labels: Record<string, string>, ...resources: string[]): ClusterRole => ({
  metadata: { name, labels },
  rules: resources.map(rule),
})
const whole: ClusterRole = {
  metadata: { name: 'whole', labels: { a: '1' } },
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { b: '1' } }, { matchLabels: { a: '1' } }] },
  rules: [rule('secrets')],
}

describe('the rules of an aggregated role', () => {
  it('are those of the roles that its selectors find, by name, each once, and none of its own', () => {
    const all = [
      part('z', { a: '1' }, 'pods', 'nodes'),
      whole,
      part('y', { a: '1' }, 'pods', 'services'),
      part('x', { b: '1' }, 'events'),
      part('w', { c: '1' }, 'leases'),
    ]
    expect(aggregatedRules(whole, all)).toEqual(['events', 'pods', 'services', 'nodes'].map(rule))
  })

  it('are none where nothing is selected', () => {
    expect(aggregatedRules(whole, [whole])).toEqual([])
  })

  it('are undefined for a role that is not made of others', () => {
    expect(aggregatedRules(part('x', {}, 'pods'), [])).toBeUndefined()
  })
})
