import { readFileSync, statfsSync } from 'node:fs'
import { arch, cpus, hostname, release, totalmem } from 'node:os'
import type { NodeSystemInfo } from '@wherry/api'

/** The release whose kubelet this agent stands in for. */
export const kubeletVersion = 'v1.36.0'

const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' }

/** As Go names this machine's processor and system. */
export function architecture(): string {
  return architectures[arch()] ?? arch()
}

export function operatingSystem(): string {
  return process.platform === 'win32' ? 'windows' : process.platform
}

export function defaultNodeName(): string {
  return hostname().toLowerCase()
}

export function nodeLabels(nodeName: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': architecture(),
    'beta.kubernetes.io/os': operatingSystem(),
    'kubernetes.io/arch': architecture(),
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': operatingSystem(),
  }
}

/** What the machine has; storage is that of the file system with the pods' volumes. */
export function nodeCapacity(rootDir: string, maxPods: number): Record<string, string> {
  const { blocks, bsize } = statfsSync(rootDir)
  return {
    cpu: String(cpus().length || 1),
    'ephemeral-storage': `${Math.floor((blocks * bsize) / 1024)}Ki`,
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: String(maxPods),
  }
}

export function systemInfo(containerRuntimeVersion: string): NodeSystemInfo {
  const machineID = read('/etc/machine-id')
  return {
    architecture: architecture(),
    bootID: read('/proc/sys/kernel/random/boot_id'),
    containerRuntimeVersion,
    kernelVersion: release(),
    kubeProxyVersion: '',
    kubeletVersion,
    machineID,
    operatingSystem: operatingSystem(),
    osImage: /^PRETTY_NAME="?([^"\n]*)/m.exec(read('/etc/os-release'))?.[1] ?? `${process.platform} ${release()}`,
    systemUUID: machineID,
  }
}

/** '' for a file that this machine does not have. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
