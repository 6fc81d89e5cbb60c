import type { Lease, Node, NodeCondition } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { createdAt } from '../meta.ts'

export type NodeView = DeepReadonly<Node>

export interface HealthOptions {
  /** How long a node may be silent; upstream's default is 50 s. */
  gracePeriodMs: number
  /** How long a node that has never posted a status may be silent; upstream's default is 60 s. */
  startupGracePeriodMs: number
}

/** When a node last gave a sign of life, by this process's own clock: nodes' clocks are not compared with it. */
export interface NodeHealth {
  heartbeat: string | undefined
  renewTime: string | undefined
  probedAt: number
}

export interface HealthPlan {
  health: NodeHealth
  /** The conditions with what is no longer known set to Unknown; undefined when nothing changes. */
  conditions?: NodeCondition[]
  /** When silence becomes too long; undefined when it already is. */
  checkAfterMs?: number
}

/** The conditions that a silent node no longer vouches for. */
const doubted = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']

/** The node's Ready condition, if it has one. */
export function readyCondition(node: NodeView): DeepReadonly<NodeCondition> | undefined {
  return node.status?.conditions?.find(({ type }) => type === 'Ready')
}

/**
 * Decides whether a node is still alive: its status or its lease must have changed within the grace period. As
 * kube-controller-manager `tryUpdateNodeHealth`.
 */
export function planHealth(
  node: NodeView,
  lease: DeepReadonly<Lease> | undefined,
  before: NodeHealth | undefined,
  now: number,
  options: HealthOptions,
): HealthPlan {
  const ready = readyCondition(node)
  const heartbeat = ready?.lastHeartbeatTime
  const renewTime = lease?.spec?.renewTime
  const fresh = !before || before.heartbeat !== heartbeat || (renewTime !== undefined && before.renewTime !== renewTime)
  const firstSeen = ready ? now : createdAt(node.metadata)
  const health = { heartbeat, renewTime, probedAt: before ? (fresh ? now : before.probedAt) : firstSeen }
  const deadline = health.probedAt + (ready ? options.gracePeriodMs : options.startupGracePeriodMs)
  if (now < deadline) return { health, checkAfterMs: deadline - now }
  const conditions = doubt(node, now)
  return conditions ? { health, conditions } : { health }
}

function doubt(node: NodeView, now: number): NodeCondition[] | undefined {
  const conditions: NodeCondition[] = (node.status?.conditions ?? []).map((condition) => ({ ...condition }))
  let changed = false
  for (const type of doubted) {
    const condition = conditions.find((c) => c.type === type)
    if (!condition) {
      changed = true
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        ...(node.metadata.creationTimestamp ? { lastHeartbeatTime: node.metadata.creationTimestamp } : {}),
        lastTransitionTime: formatTime(now),
      })
    } else if (condition.status !== 'Unknown') {
      changed = true
      condition.status = 'Unknown'
      condition.reason = 'NodeStatusUnknown'
      condition.message = 'Kubelet stopped posting node status.'
      condition.lastTransitionTime = formatTime(now)
    }
  }
  return changed ? conditions : undefined
}
