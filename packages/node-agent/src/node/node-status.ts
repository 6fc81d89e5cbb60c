import type { Node, NodeCondition, NodeStatus, NodeSystemInfo } from '@wherry/api'
import { type DeepReadonly, deepEqual, formatTime } from '@wherry/apimachinery'

/** What is said of the node; nothing of it changes while the agent runs. */
export interface NodeFacts {
  nodeName: string
  nodeIP: string
  /** Of the kubelet API. */
  port: number
  capacity: Record<string, string>
  info: NodeSystemInfo
}

export type NodeObject = DeepReadonly<Node>

/** The conditions of a kubelet that is well: type, status, reason, message. */
const verdicts = [
  ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
  ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
  ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
] as const

/** The status that the agent wants the node to have; conditions of others are left out, since they stay. */
export function nodeStatus(facts: NodeFacts, old: NodeObject | undefined, now: number): NodeStatus {
  const time = formatTime(now)
  const conditions = verdicts.map(([type, status, reason, message]): NodeCondition => {
    const before = old?.status?.conditions?.find((item) => item.type === type)
    const since = before?.status === status ? before.lastTransitionTime : undefined
    return { type, status, lastHeartbeatTime: time, lastTransitionTime: since ?? time, reason, message }
  })
  return {
    addresses: [
      { type: 'InternalIP', address: facts.nodeIP },
      { type: 'Hostname', address: facts.nodeName },
    ],
    allocatable: facts.capacity,
    capacity: facts.capacity,
    conditions,
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: facts.info,
  }
}

/** Whether the node says something else than the agent wants, heartbeats aside: it was marked as lost, for one. */
export function isStale(facts: NodeFacts, node: NodeObject): boolean {
  const { conditions: _, ...wanted } = nodeStatus(facts, node, 0)
  const current: Readonly<Record<string, unknown>> = { ...node.status }
  if (Object.entries(wanted).some(([key, value]) => !deepEqual(value, current[key]))) return true
  return verdicts.some(
    ([type, status]) => node.status?.conditions?.find((item) => item.type === type)?.status !== status,
  )
}
