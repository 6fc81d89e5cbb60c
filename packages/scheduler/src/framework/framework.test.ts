import type { Node, Pod } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { Cache } from '../cache.ts'
import { defaultPlugins } from '../plugins/index.ts'
import { fitMessage } from './fit-message.ts'
import { Framework, nodesToFind } from './framework.ts'
import { newPodInfo } from './pod-info.ts'

const allocatable = { cpu: '4', memory: '8Gi', pods: '10' }

function aNode(name: string, rest: { labels?: Record<string, string>; spec?: Node['spec']; pods?: string } = {}): Node {
  const { labels = {}, spec, pods } = rest
  return {
    metadata: { name, labels },
    ...(spec && { spec }),
    status: { allocatable: { ...allocatable, ...(pods && { pods }) } },
  }
}

let next = 0
function aPod(
  spec: Partial<NonNullable<Pod['spec']>> & { requests?: Record<string, string>; hostPort?: number } = {},
): Pod {
  const { requests, hostPort, ...rest } = spec
  const name = `pod-${next++}`
  const container = {
    name: 'c',
    ...(requests && { resources: { requests } }),
    ...(hostPort && { ports: [{ containerPort: 80, hostPort }] }),
  }
  return { metadata: { name, namespace: 'a', uid: name }, spec: { containers: [container], ...rest } }
}

function place(pod: Pod, nodes: Node[], placed: Record<string, Pod[]> = {}): string {
  const cache = new Cache()
  for (const node of nodes) cache.setNode(node)
  for (const [node, pods] of Object.entries(placed)) for (const other of pods) cache.assume(newPodInfo(other), node)
  const cluster = { nodes: cache.nodes, namespaceLabels: () => undefined }
  const placement = new Framework(defaultPlugins, () => 0).place(newPodInfo(pod), cluster)
  return 'node' in placement ? placement.node : fitMessage(nodes.length, placement.noFit.rejections.values())
}

const zone = (value: string) => ({ key: 'zone', operator: 'In', values: [value] })
const inZone = (value: string): Pod['spec'] & object => ({
  containers: [],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [zone(value)] }] },
    },
  },
})

const zoned = (name: string, value: string) => aNode(name, { labels: { zone: value } })
const selector = { matchLabels: { app: 'web' } }
const labelled = (): Pod => {
  const pod = aPod()
  return { ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } }
}
const near = (which: 'podAffinity' | 'podAntiAffinity') => {
  const terms = [{ topologyKey: 'zone', labelSelector: selector }]
  const affinity = { [which]: { requiredDuringSchedulingIgnoredDuringExecution: terms } }
  return { containers: [{ name: 'c' }], affinity }
}
const constraint = { topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector }
const spread = { containers: [{ name: 'c' }], topologySpreadConstraints: [constraint] }

describe('where a pod goes', () => {
  const taints = [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }]
  const cases: { name: string; pod: Pod; nodes: Node[]; placed?: Record<string, Pod[]>; want: string }[] = [
    { name: 'nowhere without nodes', pod: aPod(), nodes: [], want: 'no nodes available to schedule pods' },
    {
      name: 'where its requests are free',
      pod: aPod({ requests: { cpu: '3' } }),
      nodes: [aNode('a'), aNode('b')],
      placed: { a: [aPod({ requests: { cpu: '2' } })] },
      want: 'b',
    },
    {
      name: 'nowhere when all is taken, and the sentence counts why',
      pod: aPod({ requests: { cpu: '3', memory: '1Gi', 'example.com/gpu': '1' } }),
      nodes: [aNode('a'), aNode('b', { spec: { unschedulable: true } }), aNode('c', { pods: '0' })],
      placed: { a: [aPod({ requests: { cpu: '2' } })] },
      want: '0/3 nodes are available: 1 Insufficient cpu, 1 Too many pods, 1 node(s) were unschedulable, 2 Insufficient example.com/gpu.',
    },
    {
      name: 'to the node with more left',
      pod: aPod({ requests: { cpu: '1' } }),
      nodes: [aNode('a'), aNode('b')],
      placed: { a: [aPod({ requests: { cpu: '1', memory: '1Gi' } })] },
      want: 'b',
    },
    {
      name: 'where its node selector leads',
      pod: aPod({ nodeSelector: { disk: 'ssd' } }),
      nodes: [aNode('a'), aNode('b', { labels: { disk: 'ssd' } })],
      want: 'b',
    },
    {
      name: 'nowhere when its affinity matches no node',
      pod: aPod(inZone('x')),
      nodes: [aNode('a', { labels: { zone: 'y' } }), aNode('b')],
      want: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
    },
    {
      name: 'where its preferred affinity leads, though another node has more left',
      pod: aPod({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 10, preference: { matchExpressions: [zone('x')] } },
            ],
          },
        },
      }),
      nodes: [aNode('a'), aNode('b', { labels: { zone: 'x' } })],
      placed: { b: [aPod({ requests: { cpu: '1' } })] },
      want: 'b',
    },
    {
      name: 'off nodes whose taint it does not tolerate',
      pod: aPod(),
      nodes: [aNode('a', { spec: { taints } })],
      want: '0/1 nodes are available: 1 node(s) had untolerated taint(s).',
    },
    {
      name: 'onto a tainted node that it tolerates',
      pod: aPod({ tolerations: [{ key: 'dedicated', operator: 'Exists' }] }),
      nodes: [aNode('a', { spec: { taints } })],
      want: 'a',
    },
    {
      name: 'rather not onto a node with a soft taint',
      pod: aPod(),
      nodes: [aNode('a', { spec: { taints: [{ key: 'k', effect: 'PreferNoSchedule' }] } }), aNode('b')],
      want: 'b',
    },
    {
      name: 'onto a cordoned node only if it tolerates that',
      pod: aPod({
        tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }],
      }),
      nodes: [aNode('a', { spec: { unschedulable: true } })],
      want: 'a',
    },
    {
      name: 'not where its host port is taken',
      pod: aPod({ hostPort: 8080 }),
      nodes: [aNode('a'), aNode('b')],
      placed: { a: [aPod({ hostPort: 8080 })], b: [aPod({ hostPort: 8080 })] },
      want: "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.",
    },
    {
      name: 'not past the number of pods of a node',
      pod: aPod(),
      nodes: [aNode('a', { pods: '1' })],
      placed: { a: [aPod()] },
      want: '0/1 nodes are available: 1 Too many pods.',
    },
    {
      name: 'near the pods that it must be near',
      pod: aPod(near('podAffinity')),
      nodes: [zoned('a', 'x'), zoned('b', 'y'), zoned('c', 'y')],
      placed: { b: [labelled()], c: [aPod({ requests: { cpu: '3' } })] },
      want: 'b',
    },
    {
      name: 'anywhere with the topology, when it is the first of those that want to be together',
      pod: { ...labelled(), spec: near('podAffinity') },
      nodes: [aNode('a'), zoned('b', 'y')],
      want: 'b',
    },
    {
      name: 'nowhere near pods that it must avoid, nor near pods that avoid it',
      pod: { ...labelled(), spec: near('podAntiAffinity') },
      nodes: [zoned('a', 'x'), zoned('b', 'x'), zoned('c', 'y')],
      placed: { a: [labelled()], c: [aPod(near('podAntiAffinity'))] },
      want: "0/3 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 node(s) didn't match pod anti-affinity rules.",
    },
    {
      name: 'where its spread constraint allows',
      pod: { ...labelled(), spec: spread },
      nodes: [zoned('a', 'x'), zoned('b', 'y')],
      placed: { a: [labelled()], b: [aPod({ requests: { cpu: '3' } })] },
      want: 'b',
    },
    {
      name: 'nowhere when the spread allows only a node that is full, and the sentence says so',
      pod: { ...labelled(), spec: { ...spread, containers: [{ name: 'c', resources: { requests: { cpu: '2' } } }] } },
      nodes: [zoned('a', 'x'), zoned('b', 'y'), aNode('c')],
      placed: { a: [labelled()], b: [aPod({ requests: { cpu: '3' } })] },
      want: "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints, 1 node(s) didn't match pod topology spread constraints (missing required label).",
    },
  ]
  it.each(cases)('$name', ({ pod, nodes, placed, want }) => {
    expect(place(pod, nodes, placed)).toBe(want)
  })

  it.each([
    [10, 10],
    [100, 100],
    [1000, 420],
    [5000, 500],
    [10_000, 500],
  ])('of %i nodes, %i that fit are enough', (nodes, want) => {
    expect(nodesToFind(nodes)).toBe(want)
  })
})
