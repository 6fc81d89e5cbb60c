import { join } from 'node:path'
import type { Container, Pod } from '@wherry/api'
import type { ContainerConfig, Mount } from '../runtime/cri.ts'
import type { PreparedVolume } from '../volumes/volumes.ts'
import { ContainerConfigError, expand } from './env.ts'

/** Where a pod's logs are, as the kubelet lays them out. */
export function podLogDirectory(rootDir: string, pod: Pod): string {
  const { namespace, name, uid } = pod.metadata
  return join(rootDir, 'logs', `${namespace}_${name}_${uid}`)
}

export interface ContainerConfigInput {
  pod: Pod
  container: Container
  attempt: number
  env: ReadonlyMap<string, string>
  volumes: ReadonlyMap<string, PreparedVolume>
  rootDir: string
}

/** What the runtime is asked to create; pure. */
export function containerConfig({
  pod,
  container,
  attempt,
  env,
  volumes,
  rootDir,
}: ContainerConfigInput): ContainerConfig {
  const lookup = (name: string) => env.get(name)
  const identity = { ...pod.spec?.securityContext, ...container.securityContext }
  if (identity.runAsNonRoot && identity.runAsUser === 0) {
    throw new ContainerConfigError("container's runAsUser breaks non-root policy")
  }
  return {
    metadata: { name: container.name, attempt },
    image: { image: container.image ?? '' },
    command: (container.command ?? []).map((text) => expand(text, lookup)),
    args: (container.args ?? []).map((text) => expand(text, lookup)),
    workingDir: container.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value })),
    mounts: (container.volumeMounts ?? []).map((mount): Mount => {
      const volume = volumes.get(mount.name)
      if (!volume)
        throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`)
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, lookup) : (mount.subPath ?? '')
      if (subPath.split('/').includes('..') || subPath.startsWith('/')) {
        throw new ContainerConfigError(
          `failed to prepare subPath for volumeMount "${mount.name}" of container "${container.name}"`,
        )
      }
      return {
        containerPath: mount.mountPath,
        hostPath: subPath ? join(volume.path, subPath) : volume.path,
        readonly: mount.readOnly === true || volume.readOnly,
        host: volume.host,
      }
    }),
    labels: {
      'io.kubernetes.container.name': container.name,
      'io.kubernetes.pod.name': pod.metadata.name ?? '',
      'io.kubernetes.pod.namespace': pod.metadata.namespace ?? '',
      'io.kubernetes.pod.uid': pod.metadata.uid ?? '',
    },
    annotations: {},
    logPath: join(podLogDirectory(rootDir, pod), container.name, `${attempt}.log`),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    ...(identity.runAsUser === undefined ? {} : { runAsUser: Number(identity.runAsUser) }),
    ...(identity.runAsGroup === undefined ? {} : { runAsGroup: Number(identity.runAsGroup) }),
  }
}
