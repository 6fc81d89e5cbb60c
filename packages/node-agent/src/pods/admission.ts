import type { Node } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import { findUntolerated, matchesPodNodeAffinity, podRequests } from '@wherry/component-helpers'
import { operatingSystem } from '../node/node-facts.ts'
import { initContainers, type PodObject, regularContainers } from '../pod/pod-object.ts'
import type { PodEnd } from '../status/pod-status.ts'

/**
 * Why this node refuses a pod, in the kubelet's words (pkg/kubelet/lifecycle/predicate.go); undefined when it takes it.
 * The scheduler has asked the same before: this is for pods that were bound past it, or while the node changed. Pure.
 */
export function admitPod(
  pod: PodObject,
  node: DeepReadonly<Node> | undefined,
  allocatable: Readonly<Record<string, string>>,
  others: readonly PodObject[],
): PodEnd | undefined {
  const os = pod.spec?.os?.name
  if (os !== undefined && os !== operatingSystem()) {
    return rejection('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS")
  }
  const lacking = insufficient(pod, allocatable, others)
  if (lacking) return lacking
  if (node && !matchesPodNodeAffinity(pod, node)) {
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector")
  }
  const taken = new Set(others.flatMap(hostPorts))
  if (hostPorts(pod).some((port) => taken.has(port))) {
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports")
  }
  if (node && findUntolerated(node.spec?.taints, pod.spec?.tolerations, ['NoExecute'])) {
    return predicate('TaintToleration', "node(s) had taints that the pod didn't tolerate")
  }
  return undefined
}

function insufficient(
  pod: PodObject,
  allocatable: Readonly<Record<string, string>>,
  others: readonly PodObject[],
): PodEnd | undefined {
  const capacity = (name: string) => amount(name, Quantity.parse(allocatable[name] ?? '0'))
  const pods = capacity('pods')
  if (BigInt(others.length) + 1n > pods) return outOf('pods', 1n, BigInt(others.length), pods)
  const wanted = podRequests(pod)
  const used = others.map((other) => podRequests(other))
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    const request = wanted[name] ? amount(name, wanted[name]) : 0n
    if (request === 0n) continue
    const sum = used.reduce((total, requests) => total + (requests[name] ? amount(name, requests[name]) : 0n), 0n)
    if (sum + request > capacity(name)) return outOf(name, request, sum, capacity(name))
  }
  return undefined
}

/** Processors are counted in thousandths. */
function amount(name: string, quantity: Quantity): bigint {
  return name === 'cpu' ? quantity.milliValue() : quantity.value()
}

/** Ports of the node that a pod asks for, as `protocol port`. */
function hostPorts(pod: PodObject): string[] {
  const hostNetwork = pod.spec?.hostNetwork === true
  return [...initContainers(pod), ...regularContainers(pod)].flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, containerPort, protocol = 'TCP' }) => {
      const port = hostPort || (hostNetwork ? containerPort : 0)
      return port ? [`${protocol} ${port}`] : []
    }),
  )
}

function outOf(name: string, requested: bigint, used: bigint, capacity: bigint): PodEnd {
  return rejection(
    `OutOf${name}`,
    `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  )
}

function predicate(name: string, description: string): PodEnd {
  return rejection(name, `Predicate ${name} failed: ${description}`)
}

function rejection(reason: string, message: string): PodEnd {
  return { phase: 'Failed', reason, message: `Pod was rejected: ${message}`, rejected: true }
}
