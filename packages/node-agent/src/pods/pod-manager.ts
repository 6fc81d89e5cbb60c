import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Node, Pod } from '@wherry/api'
import type { Informer } from '@wherry/client'
import type { Logger } from '@wherry/component-base'
import { logDirectoryName, logsDirectory, podsDirectory } from '../pod/pod-directory.ts'
import { type PodObject, podUid } from '../pod/pod-object.ts'
import { PodWorker, type PodWorkerDeps } from '../pod/pod-worker.ts'
import { removeTree } from '../pod/remove-tree.ts'
import { admitPod } from './admission.ts'

export interface PodManagerDeps extends Omit<PodWorkerDeps, 'admit' | 'onGone'> {
  /** The pods that are bound to this node. */
  pods: Informer<Pod>
  /** This node alone. */
  nodes: Informer<Node>
  logger: Logger
}

/** Gives each pod of this node a worker, and ends what is left of pods that are gone. */
export class PodManager {
  readonly #deps: PodManagerDeps
  readonly #workers = new Map<string, PodWorker>()

  constructor(deps: PodManagerDeps) {
    this.#deps = deps
  }

  list(): PodObject[] {
    return [...this.#workers.values()].map(({ pod }) => pod)
  }

  find(namespace: string, name: string, uid?: string): PodObject | undefined {
    return this.list().find(
      ({ metadata }) =>
        metadata.namespace === namespace && metadata.name === name && (uid === undefined || metadata.uid === uid),
    )
  }

  /** Runs the node's pods until the signal is aborted; containers that run then are left running. */
  async run(signal: AbortSignal): Promise<void> {
    const { pods, runtime } = this.#deps
    const unsubscribeRuntime = runtime.onContainerEvent(({ podUid: uid }) => this.#workers.get(uid)?.wake())
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([pods.synced(), aborted])
    const unsubscribe = pods.on({
      added: (pod) => this.#apply(pod),
      updated: (pod) => this.#apply(pod),
      deleted: (pod) => this.#workers.get(podUid(pod))?.removed(),
    })
    if (!signal.aborted) await this.#removeOrphans(signal)
    await aborted
    unsubscribe()
    unsubscribeRuntime()
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()))
  }

  #apply(pod: PodObject): void {
    const uid = podUid(pod)
    const known = this.#workers.get(uid)
    if (known) {
      known.update(pod)
      return
    }
    const { nodes, nodeName, allocatable } = this.#deps
    const worker: PodWorker = new PodWorker(pod, {
      ...this.#deps,
      admit: (asked) => {
        const others = [...this.#workers.values()].filter((other) => other !== worker && !other.over && other.admitted)
        const end = admitPod(
          asked,
          nodes.lister.get(nodeName),
          allocatable,
          others.map((other) => other.pod),
        )
        if (end) this.#deps.events.event(asked, 'Warning', end.reason ?? '', end.message ?? '')
        return end
      },
      onGone: (gone) => {
        if (this.#workers.get(gone) === worker) this.#workers.delete(gone)
      },
    })
    this.#workers.set(uid, worker)
    worker.wake()
  }

  /** What an earlier agent left of pods that were removed while no agent ran. */
  async #removeOrphans(signal: AbortSignal): Promise<void> {
    const { runtime, rootDir, logger } = this.#deps
    try {
      for (const { id, metadata } of await runtime.listPodSandbox()) {
        if (signal.aborted) return
        if (!this.#workers.has(metadata.uid)) await runtime.removePodSandbox(id)
      }
      await this.#sweep(podsDirectory(rootDir), (name) => this.#workers.has(name))
      const logs = new Set(this.list().map(logDirectoryName))
      await this.#sweep(logsDirectory(rootDir), (name) => logs.has(name))
    } catch (error) {
      logger.warn('what is left of removed pods could not be cleaned up', { error })
    }
  }

  async #sweep(directory: string, isUsed: (name: string) => boolean): Promise<void> {
    const names = await readdir(directory).catch(() => [])
    for (const name of names) if (!isUsed(name)) await removeTree(join(directory, name))
  }
}
