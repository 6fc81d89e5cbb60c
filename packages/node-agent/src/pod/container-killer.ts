import type { Clock } from '@wherry/component-base'
import { signalNamed } from '../runtime/signals.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { runHook } from './hooks.ts'
import type { ContainerSpec } from './pod-object.ts'

export interface ContainerKillerDeps {
  runtime: Pick<ContainerRuntime, 'execSync' | 'stopContainer'>
  clock: Clock
  event: (type: 'Normal' | 'Warning', reason: string, message: string, container: string) => void
}

export interface KillOptions {
  container: ContainerSpec
  id: string
  graceSeconds: number
  podIP: string
  /** The event's words. */
  message?: string
}

/** As the kubelet: what a container has left for its own end after a preStop hook that took all of its time. */
const minimumGraceSeconds = 2

/** Ends the containers of one pod, each by its preStop hook, SIGTERM, and SIGKILL when its time is over. */
export class ContainerKiller {
  readonly #deps: ContainerKillerDeps
  readonly #ending = new Map<string, { deadline: number; hook: AbortController; shorten: () => void }>()

  constructor(deps: ContainerKillerDeps) {
    this.#deps = deps
  }

  isEnding(id: string): boolean {
    return this.#ending.has(id)
  }

  /** Does not wait; the runtime tells when the container has ended. A later call can only shorten the time. */
  kill(options: KillOptions): void {
    const { runtime, clock, event } = this.#deps
    const { container, id, graceSeconds } = options
    const deadline = clock.now() + graceSeconds * 1000
    const ending = this.#ending.get(id)
    if (ending) {
      if (deadline >= ending.deadline) return
      ending.deadline = deadline
      ending.shorten()
      return
    }
    const hook = new AbortController()
    let cancel = clock.setTimer(graceSeconds * 1000, () => hook.abort())
    const entry = {
      deadline,
      hook,
      shorten: () => {
        cancel()
        const left = Math.max(0, entry.deadline - clock.now())
        cancel = clock.setTimer(left, () => hook.abort())
        if (entry.stopping) void runtime.stopContainer(id, left / 1000)
      },
      stopping: false,
    }
    this.#ending.set(id, entry)
    event('Normal', 'Killing', options.message ?? `Stopping container ${container.name}`, container.name)
    void this.#run(options, entry).finally(() => {
      cancel()
      this.#ending.delete(id)
    })
  }

  async #run(
    options: KillOptions,
    entry: { deadline: number; hook: AbortController; stopping: boolean },
  ): Promise<void> {
    const { runtime, clock, event } = this.#deps
    const { container, id, podIP } = options
    const preStop = container.lifecycle?.preStop
    let minimum = 0
    if (preStop && entry.deadline > clock.now()) {
      const context = { runtime, clock, container, containerId: id, podIP, signal: entry.hook.signal }
      const failure = await runHook(preStop, { ...context, timeoutMs: Math.max(1, entry.deadline - clock.now()) })
      if (failure !== undefined) event('Warning', 'FailedPreStopHook', 'PreStopHook failed', container.name)
      minimum = minimumGraceSeconds
    }
    entry.stopping = true
    const left = Math.max(minimum, (entry.deadline - clock.now()) / 1000)
    await runtime.stopContainer(id, left, signalNamed(container.lifecycle?.stopSignal))
  }
}
