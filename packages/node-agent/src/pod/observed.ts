import type { ContainerRuntime, ContainerStatus, PodSandbox } from '../runtime/cri.ts'
import { attemptsOf } from '../status/pod-status.ts'

/** What the runtime has of one pod, at one moment. */
export interface ObservedPod {
  /** The newest. */
  sandbox: PodSandbox | undefined
  sandboxes: readonly PodSandbox[]
  containers: readonly ContainerStatus[]
}

export const nothingObserved: ObservedPod = { sandbox: undefined, sandboxes: [], containers: [] }

export async function observePod(runtime: ContainerRuntime, podUid: string): Promise<ObservedPod> {
  const [sandboxes, containers] = await Promise.all([
    runtime.listPodSandbox({ podUid }),
    runtime.listContainers({ podUid }),
  ])
  const sandbox = sandboxes.toSorted((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt)[0]
  return { sandbox, sandboxes, containers }
}

export function latestOf({ containers }: ObservedPod, name: string): ContainerStatus | undefined {
  return attemptsOf(containers, name)[0]
}

export function runningIn({ containers }: ObservedPod): ContainerStatus[] {
  return containers.filter(({ state }) => state === 'CONTAINER_RUNNING')
}
