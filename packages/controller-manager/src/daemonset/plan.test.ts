import type { DaemonSet, Pod } from '@wherry/api'
import { type DeepReadonly, deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aNode, aPod, type NodeShape, type PodShape } from '../../testing/index.ts'
import { newPod } from './controller.ts'
import { planDaemons } from './plan.ts'

const now = 1_000_000

function aSet(spec: Partial<DaemonSet['spec'] & {}> = {}, podSpec: Partial<Pod['spec'] & {}> = {}) {
  const set: DaemonSet = {
    metadata: { name: 'agent', namespace: 'default', uid: 'uid-agent', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { containers: [{ name: 'c', image: 'i' }], ...podSpec },
      },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      ...spec,
    },
  }
  return deepFreeze(set)
}

const node = (name: string, shape: NodeShape = {}) => aNode({ name, ready: 'True', ...shape })
const daemon = (on: string, shape: PodShape & { hash?: string } = {}) => {
  const { hash = 'new', ...rest } = shape
  return aPod({ name: `agent-${on}`, node: on, readySince: 1, ...rest, labels: { 'controller-revision-hash': hash } })
}

function plan(
  set: ReturnType<typeof aSet>,
  nodes: ReturnType<typeof node>[],
  pods: DeepReadonly<Pod>[] = [],
  backoffMs = 0,
) {
  return planDaemons({ set, nodes, pods, hash: 'new', backoffMs: () => backoffMs, collisionCount: 0, now })
}

const outcome = ({ create, remove }: ReturnType<typeof plan>) => ({
  create,
  remove: remove.map(({ metadata }) => metadata.name),
})

describe('a DaemonSet', () => {
  const cordoned = { taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] }
  const dedicated = { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] }
  const evicting = { taints: [{ key: 'dedicated', effect: 'NoExecute' }] }
  it.each([
    { name: 'makes a pod for every node', nodes: [node('a'), node('b')], pods: [], want: ['a', 'b'] },
    { name: 'leaves nodes with a pod alone', nodes: [node('a'), node('b')], pods: [daemon('a')], want: ['b'] },
    { name: 'bears nodes that are closed to others', nodes: [node('a', cordoned)], pods: [], want: ['a'] },
    { name: 'stays away from taints that it does not tolerate', nodes: [node('a', dedicated)], pods: [], want: [] },
  ])('$name', ({ nodes, pods, want }) => {
    expect(outcome(plan(aSet(), nodes, pods))).toEqual({ create: want, remove: [] })
  })

  it('follows its node selector', () => {
    const nodes = [node('a', { labels: { disk: 'ssd' } }), node('b')]
    const got = plan(aSet({}, { nodeSelector: { disk: 'ssd' } }), nodes, [daemon('b')])
    expect(outcome(got)).toEqual({ create: ['a'], remove: ['agent-b'] })
    expect(got.status).toMatchObject({ desiredNumberScheduled: 1, currentNumberScheduled: 0, numberMisscheduled: 1 })
  })

  it('keeps pods on nodes that closed later, unless they evict', () => {
    expect(outcome(plan(aSet(), [node('a', dedicated)], [daemon('a')])).remove).toEqual([])
    expect(outcome(plan(aSet(), [node('a', evicting)], [daemon('a')])).remove).toEqual(['agent-a'])
  })

  it('replaces pods that have ended, failed ones not too often', () => {
    const failed = daemon('a', { phase: 'Failed' })
    expect(plan(aSet(), [node('a')], [failed])).toMatchObject({
      remove: [failed],
      events: [{ type: 'Warning', reason: 'FailedDaemonPod' }],
    })
    expect(plan(aSet({ updateStrategy: { type: 'OnDelete' } }), [node('a')], [failed], 3000)).toMatchObject({
      remove: [],
      requeueAfterMs: 3000,
    })
  })

  it('removes second pods of a node, and pods that wait for a node that is gone', () => {
    const second = { ...daemon('a', { created: 5000 }), metadata: { ...daemon('a').metadata, name: 'second' } }
    const waiting = deepFreeze<Pod>({
      metadata: { name: 'waiting', uid: 'w', labels: { 'controller-revision-hash': 'new' } },
      spec: newPod(aSet(), 'gone', 'new').spec,
    })
    expect(outcome(plan(aSet(), [node('a')], [daemon('a'), deepFreeze(second), waiting])).remove.sort()).toEqual([
      'second',
      'waiting',
    ])
  })

  it('counts', () => {
    const pods = [daemon('a'), daemon('b', { hash: 'old' }), daemon('c', { readySince: undefined })]
    const { status } = plan(
      aSet({ updateStrategy: { type: 'OnDelete' } }),
      ['a', 'b', 'c', 'd'].map((n) => node(n)),
      pods,
    )
    expect(status).toEqual({
      desiredNumberScheduled: 4,
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 2,
      numberAvailable: 2,
      numberUnavailable: 2,
      updatedNumberScheduled: 2,
      observedGeneration: 1,
    })
  })

  it('makes pods that fit one node, and bear what daemons bear', () => {
    const pod = newPod(aSet({}, { hostNetwork: true }), 'a', 'new')
    expect(pod.metadata).toMatchObject({ generateName: 'agent-', labels: { 'controller-revision-hash': 'new' } })
    expect(pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }],
    })
    expect(pod.spec?.tolerations?.map(({ key }) => key)).toContain('node.kubernetes.io/network-unavailable')
  })
})

describe('an update of a DaemonSet', () => {
  const nodes = ['a', 'b', 'c'].map((name) => node(name))
  const surging = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }

  it.each([
    {
      name: 'replaces as many as may be missing',
      pods: [daemon('a', { hash: 'old' }), daemon('b', { hash: 'old' }), daemon('c')],
      want: ['agent-a'],
    },
    {
      name: 'waits for the new pods to be available',
      pods: [daemon('a', { readySince: undefined }), daemon('b', { hash: 'old' }), daemon('c', { hash: 'old' })],
      want: [],
    },
    {
      name: 'replaces old pods that are not available at once',
      pods: [daemon('a', { readySince: undefined }), daemon('b', { hash: 'old', readySince: undefined }), daemon('c')],
      want: ['agent-b'],
    },
  ])('$name', ({ pods, want }) => {
    expect(outcome(plan(aSet(), nodes, pods)).remove).toEqual(want)
  })

  it('on delete waits for somebody to delete', () => {
    const pods = nodes.map(({ metadata }) => daemon(metadata.name ?? '', { hash: 'old' }))
    expect(outcome(plan(aSet({ updateStrategy: { type: 'OnDelete' } }), nodes, pods))).toEqual({
      create: [],
      remove: [],
    })
  })

  it('may put new pods beside old ones, and removes an old one when its successor is available', () => {
    const old = nodes.map(({ metadata }) => daemon(metadata.name ?? '', { hash: 'old' }))
    expect(outcome(plan(aSet(surging), nodes, old))).toEqual({ create: ['a'], remove: [] })
    const young = deepFreeze({
      ...daemon('a', { readySince: undefined }),
      metadata: { ...daemon('a').metadata, name: 'young' },
    })
    expect(outcome(plan(aSet(surging), nodes, [...old, young]))).toEqual({ create: [], remove: [] })
    const grown = deepFreeze({
      ...daemon('a', { created: 9000 }),
      metadata: { ...daemon('a').metadata, name: 'grown' },
    })
    expect(outcome(plan(aSet(surging), nodes, [...old, grown]))).toEqual({ create: ['b'], remove: ['agent-a'] })
  })
})
