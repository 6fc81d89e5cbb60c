import { arch, cpus, hostname, release, totalmem } from 'node:os'
import { readFileSync } from 'node:fs'
import type { Node, NodeCondition, NodeStatus } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'

export interface NodeFacts {
  nodeName: string
  nodeIP: string
  port: number
  runtimeVersion: string
  podLimit: number
  systemReservedCPU?: string
}

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' }

export function nodeLabels(nodeName: string): Record<string, string> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const machine = architectures[arch()] ?? arch()
  return {
    'beta.kubernetes.io/arch': machine,
    'beta.kubernetes.io/os': os,
    'kubernetes.io/arch': machine,
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': os,
  }
}

export function nodeCapacity(podLimit: number): Record<string, string> {
  return {
    cpu: String(cpus().length || 1),
    'ephemeral-storage': '100Gi',
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(podLimit),
  }
}

function readFirst(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** The node's status now; conditions keep their transition time while they stay as they were. */
export function nodeStatus(facts: NodeFacts, old: Node | undefined, now: number): NodeStatus {
  const capacity = nodeCapacity(facts.podLimit)
  const time = formatTime(now)
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => {
    const before = old?.status?.conditions?.find((item) => item.type === type)
    const since = before?.status === status ? (before.lastTransitionTime ?? time) : time
    return { type, status, lastHeartbeatTime: time, lastTransitionTime: since, reason, message }
  }
  const own = [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ]
  const types = new Set(own.map(({ type }) => type))
  const foreign = (old?.status?.conditions ?? []).filter(({ type }) => !types.has(type))
  return {
    addresses: [
      { type: 'InternalIP', address: facts.nodeIP },
      { type: 'Hostname', address: facts.nodeName },
    ],
    allocatable: capacity,
    capacity,
    conditions: [...foreign, ...own],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.port } },
    nodeInfo: {
      architecture: architectures[arch()] ?? arch(),
      bootID: readFirst('/proc/sys/kernel/random/boot_id'),
      containerRuntimeVersion: facts.runtimeVersion,
      kernelVersion: release(),
      kubeProxyVersion: '',
      kubeletVersion: 'v1.36.0',
      machineID: readFirst('/etc/machine-id'),
      operatingSystem: process.platform,
      osImage: osImage(),
      systemUUID: readFirst('/etc/machine-id'),
    },
  }
}

function osImage(): string {
  const match = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFirst('/etc/os-release'))
  return match?.[1] ?? `${process.platform} ${release()}`
}

export function defaultNodeName(): string {
  return hostname().toLowerCase()
}
