import { Lease, type Node, Pod, type Pod as PodObject } from '@wherry/api'
import { humanDuration, isNotFound, Quantity } from '@wherry/apimachinery'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { type Lines, localTime, orNone } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

const rolePrefix = 'node-role.kubernetes.io/'

export async function describeNode(
  lines: Lines,
  node: Node,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = node
  const name = metadata.name ?? ''
  lines.line(0, `Name:\t${name}`)
  lines.line(0, `Roles:\t${orNone(rolesOf(node).join(','))}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `CreationTimestamp:\t${localTime(metadata.creationTimestamp)}`)
  const taints = (spec?.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`)
  lines.line(0, `Taints:\t${orNone(taints[0])}`)
  for (const taint of taints.slice(1)) lines.line(0, `\t${taint}`)
  lines.line(0, `Unschedulable:\t${spec?.unschedulable ?? false}`)
  await describeLease(lines, connection, name)
  if (status?.conditions?.length) {
    lines.line(0, 'Conditions:')
    lines.line(1, 'Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage')
    lines.line(1, '----\t------\t-----------------\t------------------\t------\t-------')
    for (const one of status.conditions) {
      const times = `${localTime(one.lastHeartbeatTime)} \t${localTime(one.lastTransitionTime)} `
      lines.line(1, `${one.type} \t${one.status} \t${times}\t${one.reason ?? ''} \t${one.message ?? ''}`)
    }
  }
  lines.line(0, 'Addresses:')
  for (const { type, address } of status?.addresses ?? []) lines.line(1, `${type}:\t${address}`)
  describeAmounts(lines, 'Capacity', status?.capacity)
  describeAmounts(lines, 'Allocatable', status?.allocatable)
  const info = status?.nodeInfo
  lines.line(0, 'System Info:')
  lines.line(1, `Machine ID:\t${info?.machineID ?? ''}`)
  lines.line(1, `System UUID:\t${info?.systemUUID ?? ''}`)
  lines.line(1, `Boot ID:\t${info?.bootID ?? ''}`)
  lines.line(1, `Kernel Version:\t${info?.kernelVersion ?? ''}`)
  lines.line(1, `OS Image:\t${info?.osImage ?? ''}`)
  lines.line(1, `Operating System:\t${info?.operatingSystem ?? ''}`)
  lines.line(1, `Architecture:\t${info?.architecture ?? ''}`)
  lines.line(1, `Container Runtime Version:\t${info?.containerRuntimeVersion ?? ''}`)
  lines.line(1, `Kubelet Version:\t${info?.kubeletVersion ?? ''}`)
  if (spec?.podCIDR) lines.line(0, `PodCIDR:\t${spec.podCIDR}`)
  if (spec?.podCIDRs?.length) lines.line(0, `PodCIDRs:\t${spec.podCIDRs.join(',')}`)
  if (spec?.providerID) lines.line(0, `ProviderID:\t${spec.providerID}`)
  const { items } = await connection.client.list(Pod, {
    fieldSelector: `spec.nodeName=${name},status.phase!=Succeeded,status.phase!=Failed`,
  })
  describePods(lines, node, items, now)
  describeEvents(lines, events, now)
}

function rolesOf({ metadata }: Node): string[] {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(rolePrefix)) return [key.slice(rolePrefix.length)]
    return key === 'kubernetes.io/role' && value !== '' ? [value] : []
  })
  return [...new Set(roles.filter((role) => role !== ''))].sort()
}

async function describeLease(lines: Lines, connection: DescribeContext['connection'], name: string): Promise<void> {
  const lease = await connection.client.get(Lease, { namespace: 'kube-node-lease', name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  if (!lease) {
    lines.line(0, 'Lease:\tFailed to get lease: leases.coordination.k8s.io '.concat(JSON.stringify(name), ' not found'))
    return
  }
  lines.line(0, 'Lease:')
  lines.line(1, `HolderIdentity:\t${lease.spec?.holderIdentity ?? '<unset>'}`)
  lines.line(1, `AcquireTime:\t${lease.spec?.acquireTime ? localTime(lease.spec.acquireTime) : '<unset>'}`)
  lines.line(1, `RenewTime:\t${lease.spec?.renewTime ? localTime(lease.spec.renewTime) : '<unset>'}`)
}

function describeAmounts(lines: Lines, title: string, amounts: Readonly<Record<string, string>> | undefined): void {
  const names = Object.keys(amounts ?? {}).sort()
  if (names.length === 0) return
  lines.line(0, `${title}:`)
  for (const name of names) lines.line(1, `${name}:\t${amounts?.[name]}`)
}

type Amounts = Record<string, Quantity>

/** What a pod asks for, or may use at most: its containers together, or the largest init container if that is more. */
function podAmounts({ spec }: PodObject, list: 'requests' | 'limits'): Amounts {
  const total: Amounts = {}
  const zero = Quantity.parse('0')
  for (const { resources } of spec?.containers ?? []) {
    for (const [name, amount] of Object.entries(resources?.[list] ?? {})) {
      total[name] = (total[name] ?? zero).add(Quantity.parse(amount))
    }
  }
  for (const { resources } of spec?.initContainers ?? []) {
    for (const [name, amount] of Object.entries(resources?.[list] ?? {})) {
      const quantity = Quantity.parse(amount)
      const before = total[name]
      if (!before || before.cmp(quantity) < 0) total[name] = quantity
    }
  }
  return total
}

function describePods(lines: Lines, { status }: Node, pods: readonly PodObject[], now: number): void {
  const allocatable = status?.allocatable ?? status?.capacity ?? {}
  const share = (name: string, amount: Quantity) => {
    const whole = allocatable[name] === undefined ? 0n : Quantity.parse(allocatable[name]).milliValue()
    return whole === 0n ? 0 : Number((amount.milliValue() * 100n) / whole)
  }
  const zero = Quantity.parse('0')
  lines.line(0, `Non-terminated Pods:\t(${pods.length} in total)`)
  lines.line(1, 'Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge')
  lines.line(1, '---------\t----\t\t------------\t----------\t---------------\t-------------\t---')
  const totals: { requests: Amounts; limits: Amounts } = { requests: {}, limits: {} }
  for (const pod of pods) {
    const cells = (['cpu', 'memory'] as const).flatMap((name) =>
      (['requests', 'limits'] as const).map((list) => {
        const amount = podAmounts(pod, list)[name] ?? zero
        return `${amount.toString()} (${share(name, amount)}%)`
      }),
    )
    for (const list of ['requests', 'limits'] as const) {
      for (const [name, amount] of Object.entries(podAmounts(pod, list))) {
        totals[list][name] = (totals[list][name] ?? zero).add(amount)
      }
    }
    const created = pod.metadata.creationTimestamp
    const age = created ? humanDuration(now - Date.parse(created)) : '<unknown>'
    lines.line(1, `${pod.metadata.namespace}\t${pod.metadata.name}\t\t${cells.join('\t')}\t${age}`)
  }
  lines.line(0, 'Allocated resources:')
  lines.line(1, '(Total limits may be over 100 percent, i.e., overcommitted.)')
  lines.line(1, 'Resource\tRequests\tLimits')
  lines.line(1, '--------\t--------\t------')
  const extra = Object.keys(allocatable)
    .filter((name) => !['cpu', 'memory', 'ephemeral-storage', 'pods'].includes(name))
    .sort()
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const [requests, limits] = [totals.requests[name] ?? zero, totals.limits[name] ?? zero]
    lines.line(
      1,
      `${name}\t${requests.toString()} (${share(name, requests)}%)\t${limits.toString()} (${share(name, limits)}%)`,
    )
  }
  for (const name of extra) {
    lines.line(1, `${name}\t${(totals.requests[name] ?? zero).toString()}\t${(totals.limits[name] ?? zero).toString()}`)
  }
}
