import type { Node, Pod, PodDisruptionBudget } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { Cache } from '../cache.ts'
import { Framework } from '../framework/framework.ts'
import { newPodInfo } from '../framework/pod-info.ts'
import { defaultPlugins } from '../plugins/index.ts'
import { planPreemption } from './preemption.ts'

function aNode(name: string, unschedulable = false): Node {
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } }
  return { metadata: { name }, spec: { unschedulable }, status }
}

function aPod(name: string, cpu: string, priority: number, startTime = '2026-01-01T00:00:00Z'): Pod {
  return {
    metadata: { name, namespace: 'a', uid: name, labels: { app: name } },
    spec: { priority, containers: [{ name: 'c', resources: { requests: { cpu } } }] },
    status: { startTime },
  }
}

const budget = (app: string): PodDisruptionBudget => ({
  metadata: { name: app, namespace: 'a' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 },
})

interface Case {
  name: string
  pod?: Pod
  nodes: Record<string, Pod[]>
  budgets?: PodDisruptionBudget[]
  cordoned?: string[]
  want: string
}

describe('who makes room for a pod', () => {
  const important = aPod('important', '2', 10)
  const cases: Case[] = [
    {
      name: 'nobody who is as important',
      nodes: { n: [aPod('x', '4', 10)] },
      want: 'preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
    },
    {
      name: 'nobody where that would not help',
      nodes: { n: [aPod('x', '4', 1)] },
      cordoned: ['n'],
      want: 'preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    },
    {
      name: 'as few as needed, the least important first',
      nodes: { n: [aPod('x', '2', 5), aPod('y', '2', 1)] },
      want: 'n: y',
    },
    {
      name: 'the node where the least important go',
      nodes: { n: [aPod('x', '4', 5)], m: [aPod('y', '4', 3)] },
      want: 'm: y',
    },
    {
      name: 'the node where fewer go',
      nodes: { n: [aPod('x', '1', 1), aPod('z', '1', 1), aPod('k', '2', 10)], m: [aPod('y', '4', 1)] },
      want: 'm: y',
    },
    {
      name: 'those that started last',
      nodes: { n: [aPod('x', '4', 1)], m: [aPod('y', '4', 1, '2026-02-01T00:00:00Z')] },
      want: 'm: y',
    },
    {
      name: 'rather not those with a budget',
      nodes: { n: [aPod('x', '4', 1)], m: [aPod('y', '4', 5)] },
      budgets: [budget('x')],
      want: 'm: y',
    },
    {
      name: 'nobody for a pod that never preempts',
      pod: { ...important, spec: { containers: [], ...important.spec, preemptionPolicy: 'Never' } },
      nodes: { n: [aPod('x', '4', 1)] },
      want: 'preemption: not eligible due to preemptionPolicy=Never.',
    },
  ]
  it.each(cases)('$name', ({ pod = important, nodes, budgets = [], cordoned = [], want }) => {
    const cache = new Cache()
    for (const [node, pods] of Object.entries(nodes)) {
      cache.setNode(aNode(node, cordoned.includes(node)))
      for (const other of pods) cache.assume(newPodInfo(other), node)
    }
    const cluster = { nodes: cache.nodes, namespaceLabels: () => undefined }
    const framework = new Framework(defaultPlugins, () => 0)
    const info = newPodInfo(pod)
    const placement = framework.place(info, cluster)
    if ('node' in placement) throw new Error('it fits')
    const plan = planPreemption(framework, info, cluster, placement.noFit, budgets)
    const shown =
      'message' in plan
        ? plan.message
        : `${plan.candidate.node}: ${plan.candidate.victims.map(({ uid }) => uid).join(' ')}`
    expect(shown).toBe(want)
  })
})
