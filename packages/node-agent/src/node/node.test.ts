import { describe, expect, it } from 'vitest'
import { apiServerForPods } from './api-server-address.ts'
import { isStale, type NodeFacts, nodeStatus } from './node-status.ts'

const facts: NodeFacts = {
  nodeName: 'n',
  nodeIP: '127.0.0.1',
  port: 10250,
  capacity: { cpu: '2', memory: '1Ki', pods: '110' },
  info: {
    architecture: 'amd64',
    bootID: '',
    containerRuntimeVersion: 'host://1',
    kernelVersion: '',
    kubeProxyVersion: '',
    kubeletVersion: 'v1.36.0',
    machineID: '',
    operatingSystem: 'linux',
    osImage: '',
    systemUUID: '',
  },
}
const node = (now: number) => ({ metadata: { name: 'n' }, status: nodeStatus(facts, undefined, now) })

describe('the status of a node', () => {
  it('is the same later on, heartbeats aside', () => {
    expect(isStale(facts, node(0))).toBe(false)
    const later = nodeStatus(facts, node(0), 60_000).conditions?.find(({ type }) => type === 'Ready')
    expect(later).toMatchObject({
      lastTransitionTime: '1970-01-01T00:00:00Z',
      lastHeartbeatTime: '1970-01-01T00:01:00Z',
    })
  })

  it('is stale when somebody has marked the node as lost', () => {
    const lost = node(0)
    for (const condition of lost.status.conditions ?? []) condition.status = 'Unknown'
    expect(isStale(facts, lost)).toBe(true)
  })

  it('is stale when the agent has other facts', () => {
    expect(isStale({ ...facts, port: 1 }, node(0))).toBe(true)
  })
})

describe('the API server’s address for pods', () => {
  it.each([
    { root: true, first: 1024, want: undefined },
    { root: false, first: 0, want: undefined },
    { root: false, first: 1024, want: { host: '127.0.0.1', port: 6443 } },
  ])('is $want for root $root and first open port $first', ({ root, first, want }) => {
    expect(apiServerForPods('https://127.0.0.1:6443', root, first)).toEqual(want)
  })
})
