import type { Container, ContainerStatus as APIContainerStatus, Pod, PodSpec, PodStatus } from '@wherry/api'
import type { ContainerStatus } from '../src/runtime/cri.ts'

/** A pod as the API has it, with one container `main` unless told. */
export function aPodObject(spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: 1, resourceVersion: '1' },
    spec: { containers: [aContainerSpec('main')], ...spec },
    status,
  }
}

export function aContainerSpec(name: string, more: Partial<Container> = {}): Container {
  return { name, image: 'shell', command: ['true'], ...more }
}

/** What a runtime knows of an attempt. */
export function anAttempt(name: string, more: Partial<ContainerStatus> & { attempt?: number } = {}): ContainerStatus {
  const { attempt = 0, ...rest } = more
  return {
    id: `${name}-${attempt}`,
    podSandboxId: 's1',
    metadata: { name, attempt },
    state: 'CONTAINER_RUNNING',
    createdAt: 1000 + attempt,
    startedAt: 2000,
    finishedAt: 0,
    exitCode: 0,
    image: 'shell',
    imageRef: '',
    reason: '',
    message: '',
    labels: {},
    annotations: {},
    logPath: '/none',
    tty: false,
    stdin: false,
    pid: 1,
    ...rest,
  }
}

export function anEnded(name: string, exitCode: number, attempt = 0): ContainerStatus {
  const reason = exitCode === 0 ? 'Completed' : 'Error'
  return anAttempt(name, { attempt, state: 'CONTAINER_EXITED', exitCode, reason, finishedAt: 3000 })
}

/** A container status of the API. */
export function aStatus(
  name: string,
  state: APIContainerStatus['state'],
  more: Partial<APIContainerStatus> = {},
): APIContainerStatus {
  return { name, image: 'shell', imageID: '', ready: false, restartCount: 0, ...(state ? { state } : {}), ...more }
}
