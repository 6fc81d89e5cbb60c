import type { Pod } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { type DrainRules, planDrain } from './pods-to-evict.ts'

const rules: DrainRules = {
  force: false,
  ignoreDaemonSets: false,
  deleteEmptyDirData: false,
  skipWaitForDeleteSeconds: 0,
  daemonSetExists: () => true,
  now: Date.UTC(2026, 0, 1),
}

function aPod({ owner, ...rest }: Partial<Pod> & { owner?: string } = {}): Pod {
  const ownerReferences = owner ? [{ apiVersion: 'apps/v1', kind: owner, name: 'o', uid: 'u', controller: true }] : []
  return { ...rest, metadata: { name: 'p', namespace: 'ns', ownerReferences, ...rest.metadata } }
}

const emptyDir = { containers: [], volumes: [{ name: 'v', emptyDir: {} }] }

describe('draining a node', () => {
  it.each([
    { name: 'evicts a pod of a ReplicaSet', pod: aPod({ owner: 'ReplicaSet' }), evicted: true },
    {
      name: 'refuses a pod without controller',
      pod: aPod(),
      errors: ['cannot delete Pods that declare no controller (use --force to override): ns/p'],
    },
    {
      name: 'evicts it when forced, with a warning',
      pod: aPod(),
      given: { force: true },
      evicted: true,
      warning: 'deleting Pods that declare no controller: ns/p',
    },
    { name: 'evicts one that has ended', pod: aPod({ status: { phase: 'Succeeded' } }), evicted: true },
    {
      name: 'refuses a pod of a DaemonSet',
      pod: aPod({ owner: 'DaemonSet' }),
      errors: ['cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ns/p'],
    },
    {
      name: 'leaves it alone when told',
      pod: aPod({ owner: 'DaemonSet' }),
      given: { ignoreDaemonSets: true },
      warning: 'ignoring DaemonSet-managed Pods: ns/p',
    },
    {
      name: 'refuses to lose what an emptyDir holds',
      pod: aPod({ owner: 'ReplicaSet', spec: emptyDir }),
      errors: ['cannot delete Pods with local storage (use --delete-emptydir-data to override): ns/p'],
    },
    {
      name: 'loses it when told',
      pod: aPod({ owner: 'ReplicaSet', spec: emptyDir }),
      given: { deleteEmptyDirData: true },
      evicted: true,
      warning: 'deleting Pods with local storage: ns/p',
    },
    {
      name: 'passes over mirror pods',
      pod: aPod({ metadata: { name: 'p', namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
    },
    {
      name: 'passes over a pod that has long been going',
      pod: aPod({
        owner: 'ReplicaSet',
        metadata: { name: 'p', namespace: 'ns', deletionTimestamp: '2025-12-31T23:00:00Z' },
      }),
      given: { skipWaitForDeleteSeconds: 60 },
    },
  ])('$name', ({ pod, given = {}, evicted = false, errors = [], warning = '' }) => {
    const plan = planDrain([pod], { ...rules, ...given })
    expect(plan.pods).toEqual(evicted ? [pod] : [])
    expect(plan.errors).toEqual(errors)
    expect(plan.warning).toBe(warning)
  })
})
