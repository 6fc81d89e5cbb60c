import { join } from 'node:path'
import { type PodObject, podUid } from './pod-object.ts'

/** Where an agent keeps what belongs to its pods, laid out as the kubelet's root directory. */
export interface PodDirectory {
  root: string
  /** A pod's volumes and files. */
  pod: string
  logs: string
}

export function podsDirectory(rootDir: string): string {
  return join(rootDir, 'pods')
}

export function logsDirectory(rootDir: string): string {
  return join(rootDir, 'logs')
}

/** `NAMESPACE_NAME_UID`: what the log directory of a pod is called. */
export function logDirectoryName(pod: PodObject): string {
  return `${pod.metadata.namespace}_${pod.metadata.name}_${podUid(pod)}`
}

export function podDirectory(rootDir: string, pod: PodObject): PodDirectory {
  return {
    root: rootDir,
    pod: join(podsDirectory(rootDir), podUid(pod)),
    logs: join(logsDirectory(rootDir), logDirectoryName(pod)),
  }
}

/** The log of one attempt of a container. */
export function containerLogPath(rootDir: string, pod: PodObject, container: string, attempt: number): string {
  return join(podDirectory(rootDir, pod).logs, container, `${attempt}.log`)
}
