import { join } from 'node:path'
import type { ContainerConfig, Mount } from '../runtime/cri.ts'
import type { PreparedVolume } from '../volumes/volume.ts'
import { ContainerConfigError, expand } from './env.ts'
import { type ContainerSpec, type PodObject, podId, podUid } from './pod-object.ts'
import { containerLogPath } from './pod-directory.ts'

/** The kubelet's annotations of containers, and where this agent finds the message on the machine. */
export const annotations = {
  terminationPath: 'io.kubernetes.container.terminationMessagePath',
  terminationPolicy: 'io.kubernetes.container.terminationMessagePolicy',
  terminationFile: 'wherry.dev/termination-message-file',
}

export interface ContainerConfigInput {
  pod: PodObject
  container: ContainerSpec
  attempt: number
  env: ReadonlyMap<string, string>
  volumes: ReadonlyMap<string, PreparedVolume>
  rootDir: string
  /** The files on the machine that become /etc/hosts and the termination message. */
  hostsFile: string
  terminationFile: string
  /** The agent runs as root, and so does a container that says nothing else. */
  rootAgent: boolean
}

/** What the runtime is asked to create; pure. */
export function containerConfig(input: ContainerConfigInput): ContainerConfig {
  const { pod, container, attempt, env, rootDir } = input
  const lookup = (name: string) => env.get(name)
  const { name = '', namespace = '' } = pod.metadata
  const terminationPath = container.terminationMessagePath || '/dev/termination-log'
  return {
    metadata: { name: container.name, attempt },
    image: { image: container.image ?? '' },
    command: (container.command ?? []).map((text) => expand(text, lookup)),
    args: (container.args ?? []).map((text) => expand(text, lookup)),
    workingDir: container.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value })),
    mounts: mounts(input, terminationPath),
    labels: {
      'io.kubernetes.container.name': container.name,
      'io.kubernetes.pod.name': name,
      'io.kubernetes.pod.namespace': namespace,
      'io.kubernetes.pod.uid': podUid(pod),
    },
    annotations: {
      [annotations.terminationPath]: terminationPath,
      [annotations.terminationPolicy]: container.terminationMessagePolicy ?? 'File',
      [annotations.terminationFile]: input.terminationFile,
    },
    logPath: containerLogPath(rootDir, pod, container.name, attempt),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...identity(input),
  }
}

function mounts(
  { container, env, volumes, hostsFile, terminationFile }: ContainerConfigInput,
  terminationPath: string,
): Mount[] {
  const own = (container.volumeMounts ?? []).map((mount): Mount => {
    const volume = volumes.get(mount.name)
    if (!volume) {
      throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`)
    }
    const subPath = mount.subPathExpr ? expandAll(mount.subPathExpr, env) : (mount.subPath ?? '')
    if (subPath.split('/').includes('..') || subPath.startsWith('/')) {
      throw new ContainerConfigError(
        `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`,
      )
    }
    return {
      containerPath: mount.mountPath,
      hostPath: subPath ? join(volume.path, subPath) : volume.path,
      readonly: mount.readOnly === true || volume.readOnly,
    }
  })
  const taken = new Set(own.map(({ containerPath }) => containerPath))
  const files = [
    { containerPath: '/etc/hosts', hostPath: hostsFile },
    { containerPath: terminationPath, hostPath: terminationFile },
  ]
  const added = files.filter(({ containerPath }) => !taken.has(containerPath))
  return [...own, ...added.map((file) => ({ ...file, readonly: false, optional: true }))]
}

/** As the kubelet, a variable that is not set makes the whole path wrong rather than literal. */
function expandAll(text: string, env: ReadonlyMap<string, string>): string {
  return expand(text, (name) => {
    const value = env.get(name)
    if (value === undefined) throw new ContainerConfigError(`missing value for "${name}"`)
    return value
  })
}

function identity({ pod, container, rootAgent }: ContainerConfigInput) {
  const context = { ...pod.spec?.securityContext, ...container.securityContext }
  const { runAsNonRoot, runAsUser, runAsGroup } = context
  if (runAsNonRoot && runAsUser === 0) {
    throw new ContainerConfigError(
      `container's runAsUser breaks non-root policy (pod: "${podId(pod)}", container: ${container.name})`,
    )
  }
  if (runAsNonRoot && runAsUser === undefined && rootAgent) {
    throw new ContainerConfigError(
      `container has runAsNonRoot and image will run as root (pod: "${podId(pod)}", container: ${container.name})`,
    )
  }
  const { fsGroup, supplementalGroups = [] } = pod.spec?.securityContext ?? {}
  const groups = [...supplementalGroups, ...(fsGroup === undefined ? [] : [fsGroup])]
  return {
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    ...(groups.length === 0 ? {} : { supplementalGroups: groups }),
  }
}
