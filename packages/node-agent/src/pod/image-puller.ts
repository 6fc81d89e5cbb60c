import type { Clock } from '@wherry/component-base'
import { type ContainerRuntime, RuntimeError } from '../runtime/cri.ts'
import type { WaitingReason } from '../status/container-status.ts'
import { Backoff } from './backoff.ts'
import type { ContainerSpec } from './pod-object.ts'

export interface ImagePullerDeps {
  runtime: Pick<ContainerRuntime, 'imageStatus' | 'pullImage' | 'runsWithoutImage'>
  clock: Clock
  event: (type: 'Normal' | 'Warning', reason: string, message: string, container: string) => void
}

/** A container that cannot be started now, and when to try again. */
export interface NotStarted extends WaitingReason {
  retryMs: number
}

/** How long until something that only a user can mend is looked at again; a change of the pod comes earlier. */
const lookAgainMs = 60_000

/** The images of one pod's containers. As the kubelet's image manager. */
export class ImagePuller {
  readonly #deps: ImagePullerDeps
  readonly #backoff = new Backoff()
  readonly #failures = new Map<string, { at: number; message: string; told: boolean }>()

  constructor(deps: ImagePullerDeps) {
    this.#deps = deps
  }

  /** Undefined when the image can run. */
  async ensure(container: ContainerSpec): Promise<NotStarted | undefined> {
    const { runtime } = this.#deps
    const { image = '', name, imagePullPolicy: policy = 'IfNotPresent' } = container
    // Without an image of that name on the node, a command of the pod's own runs on the node itself.
    const isOwnCommand = runtime.runsWithoutImage && (container.command?.length ?? 0) > 0
    const present = isOwnCommand || (await runtime.imageStatus(image)) !== undefined
    if (present && (policy !== 'Always' || runtime.runsWithoutImage)) {
      const message = `Container image "${image}" already present on machine and can be accessed by the pod`
      this.#deps.event('Normal', 'Pulled', message, name)
      this.#failures.delete(name)
      return undefined
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`
      this.#deps.event('Warning', 'ErrImageNeverPull', message, name)
      this.#deps.event('Warning', 'Failed', 'Error: ErrImageNeverPull', name)
      return { reason: 'ErrImageNeverPull', message, retryMs: lookAgainMs }
    }
    return this.#pull(name, image)
  }

  async #pull(container: string, image: string): Promise<NotStarted | undefined> {
    const { runtime, clock, event } = this.#deps
    const key = `${container}/${image}`
    const failure = this.#failures.get(container)
    const left = failure ? this.#backoff.remaining(key, failure.at, clock.now()) : 0
    if (failure && left > 0) return this.#backOff(container, image, failure, left)
    event('Normal', 'Pulling', `Pulling image "${image}"`, container)
    const begun = clock.now()
    try {
      await runtime.pullImage(image)
      event('Normal', 'Pulled', `Successfully pulled image "${image}" in ${clock.now() - begun}ms`, container)
      this.#failures.delete(container)
      return undefined
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      this.#backoff.next(key, begun, clock.now())
      this.#failures.set(container, { at: clock.now(), message: error.message, told: false })
      event('Warning', 'Failed', `Failed to pull image "${image}": ${error.message}`, container)
      event('Warning', 'Failed', 'Error: ErrImagePull', container)
      // Soon after, the pod is told to be backing off, as upstream by its next sync.
      return { reason: 'ErrImagePull', message: error.message, retryMs: 1000 }
    }
  }

  #backOff(container: string, image: string, failure: { message: string; told: boolean }, retryMs: number): NotStarted {
    const text = `Back-off pulling image "${image}"`
    if (!failure.told) {
      this.#deps.event('Normal', 'BackOff', text, container)
      this.#deps.event('Warning', 'Failed', 'Error: ImagePullBackOff', container)
    }
    failure.told = true
    return { reason: 'ImagePullBackOff', message: `${text}: ErrImagePull: ${failure.message}`, retryMs }
  }
}
