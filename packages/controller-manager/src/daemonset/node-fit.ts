import type { DaemonSet, Node, NodeAffinity, Pod, PodSpec, Toleration } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import { matchesPodNodeAffinity, toleratesAll } from '@wherry/component-helpers'

export type DaemonSetView = DeepReadonly<DaemonSet>
export type NodeView = DeepReadonly<Node>

/** What daemons bear that other pods do not: they are there when a node is in trouble. */
function daemonTolerations(hostNetwork: boolean): Toleration[] {
  const exists = (name: string, effect: string) => ({
    key: `node.kubernetes.io/${name}`,
    operator: 'Exists',
    effect,
  })
  return [
    exists('not-ready', 'NoExecute'),
    exists('unreachable', 'NoExecute'),
    exists('disk-pressure', 'NoSchedule'),
    exists('memory-pressure', 'NoSchedule'),
    exists('pid-pressure', 'NoSchedule'),
    exists('unschedulable', 'NoSchedule'),
    ...(hostNetwork ? [exists('network-unavailable', 'NoSchedule')] : []),
  ]
}

/** The spec of the pod for one node: it tolerates what daemons tolerate, and fits no other node. */
export function daemonPodSpec(set: DaemonSetView, node: string): PodSpec {
  const spec: PodSpec = deepClone(set.spec?.template.spec ?? { containers: [] })
  const added = daemonTolerations(spec.hostNetwork === true)
  const kept = (spec.tolerations ?? []).filter((own) => !added.some((other) => sameToleration(own, other)))
  spec.tolerations = [...kept, ...added]
  spec.affinity = { ...spec.affinity, nodeAffinity: onlyNode(spec.affinity?.nodeAffinity, node) }
  return spec
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return a.key === b.key && a.effect === b.effect && a.operator === b.operator && (a.value ?? '') === (b.value ?? '')
}

/** As `ReplaceDaemonSetPodNodeNameNodeAffinity`: every required term asks for this node by name. */
function onlyNode(affinity: NodeAffinity | undefined, node: string): NodeAffinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }]
  return { ...affinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields }] } }
}

/** The node that a daemon pod runs on or is meant for. */
export function targetNode(pod: DeepReadonly<Pod>): string | undefined {
  if (pod.spec?.nodeName) return pod.spec.nodeName
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  for (const { matchFields = [] } of terms ?? []) {
    const field = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In')
    if (field?.values?.length === 1) return field.values[0]
  }
  return undefined
}

export interface Fit {
  shouldRun: boolean
  /** A pod that is there already may stay. */
  mayStay: boolean
}

/** Whether the set's pod belongs on a node. As kube-controller-manager `NodeShouldRunDaemonPod`. */
export function fitOn(set: DaemonSetView, node: NodeView): Fit {
  const name = node.metadata.name ?? ''
  const spec = set.spec?.template.spec
  const never = { shouldRun: false, mayStay: false }
  if (spec?.nodeName && spec.nodeName !== name) return never
  if (!matchesPodNodeAffinity({ metadata: {}, ...(spec ? { spec } : {}) }, node)) return never
  const tolerations = [...(spec?.tolerations ?? []), ...daemonTolerations(spec?.hostNetwork === true)]
  const { taints } = node.spec ?? {}
  if (toleratesAll(taints, tolerations)) return { shouldRun: true, mayStay: true }
  return { shouldRun: false, mayStay: toleratesAll(taints, tolerations, ['NoExecute']) }
}
