import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aNode, type NodeShape } from '../../testing/index.ts'
import { type EvictionDecision, planTaints } from './taints.ts'

const now = 7000
const short = (taints: ReturnType<typeof planTaints>) =>
  taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`)
const taint = (name: string, effect: string) => ({ key: `node.kubernetes.io/${name}`, effect })

describe('the taints of a node', () => {
  it.each([
    { name: 'a ready node needs none', node: { ready: 'True' }, want: undefined },
    {
      name: 'a new node loses its first taint when it is ready',
      node: { ready: 'True', taints: [taint('not-ready', 'NoSchedule')] },
      want: [],
    },
    {
      name: 'a node that is not ready gets both',
      node: { ready: 'False' },
      want: ['not-ready:NoSchedule', 'not-ready:NoExecute'],
    },
    {
      name: 'a silent node gets both',
      node: { ready: 'Unknown' },
      want: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    },
    {
      name: 'a silent node changes its reason',
      node: { ready: 'Unknown', taints: [taint('not-ready', 'NoSchedule'), taint('not-ready', 'NoExecute')] },
      want: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    },
    {
      name: 'a node that is not evicted yet is only closed',
      node: { ready: 'False' },
      eviction: 'wait',
      want: ['not-ready:NoSchedule'],
    },
    {
      name: 'a node that is evicted already changes its reason without waiting',
      node: { ready: 'Unknown', taints: [taint('unreachable', 'NoSchedule'), taint('not-ready', 'NoExecute')] },
      eviction: 'wait',
      want: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    },
    {
      name: 'nothing is evicted when no node at all is ready',
      node: { ready: 'Unknown', taints: [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute')] },
      eviction: 'stop',
      want: ['unreachable:NoSchedule'],
    },
    {
      name: 'a recovered node loses them',
      node: { ready: 'True', taints: [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute')] },
      want: [],
    },
    {
      name: 'a cordoned node is marked',
      node: { ready: 'True', unschedulable: true },
      want: ['unschedulable:NoSchedule'],
    },
    {
      name: 'an uncordoned node is not',
      node: { ready: 'True', taints: [taint('unschedulable', 'NoSchedule')] },
      want: [],
    },
    {
      name: 'taints of others stay',
      node: { ready: 'True', taints: [{ key: 'dedicated', effect: 'NoExecute' }, taint('not-ready', 'NoSchedule')] },
      want: ['dedicated:NoExecute'],
    },
    {
      name: 'a node without a status is left as it is',
      node: { taints: [taint('not-ready', 'NoSchedule')] },
      want: [],
    },
  ] satisfies { name: string; node: NodeShape; eviction?: EvictionDecision; want: string[] | undefined }[])(
    '$name',
    ({
      node,
      eviction = 'allowed',
      want,
    }: {
      node: NodeShape
      eviction?: EvictionDecision
      want: string[] | undefined
    }) => {
      expect(short(planTaints(aNode(node), eviction, now))).toEqual(want)
    },
  )

  it('say since when they are there', () => {
    expect(planTaints(aNode({ ready: 'False' }), 'allowed', now)?.[0]?.timeAdded).toBe(formatTime(now))
  })
})
