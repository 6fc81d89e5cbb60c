import { Pod, type PodStatus } from '@wherry/api'
import { isBadRequest, isConflict, isForbidden, isInvalid, isNotFound } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import { type Clock, type Logger, sleep } from '@wherry/component-base'
import { type PodObject, podKey, podUid } from '../pod/pod-object.ts'
import { statusPatch } from './status-patch.ts'

export interface StatusWriterDeps {
  client: Client
  clock: Clock
  logger: Logger
  /** The pod as the API has it, as far as this agent knows. */
  current: () => PodObject
  /** What the API has made of a write. */
  written: (pod: PodObject) => void
  signal: AbortSignal
}

const retryMs = 1000

/**
 * Writes one pod's status, in the background and one write at a time: of several statuses that come while one is being
 * written, the last counts. As the kubelet's status manager.
 */
export class StatusWriter {
  readonly #deps: StatusWriterDeps
  #wanted: PodStatus | undefined
  #writing: Promise<void> | undefined
  #gone = false

  constructor(deps: StatusWriterDeps) {
    this.#deps = deps
  }

  publish(status: PodStatus): void {
    this.#wanted = status
    if (this.#gone) return
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** Resolves once the last status is written, or cannot be because its pod is gone. */
  async flushed(): Promise<void> {
    while (this.#writing) await this.#writing
  }

  async #write(): Promise<void> {
    const { client, clock, logger, current, written, signal } = this.#deps
    while (this.#wanted && !this.#gone && !signal.aborted) {
      const pod = current()
      const wanted = this.#wanted
      const patch = statusPatch(wanted, pod.status)
      if (!patch) return
      const { namespace = '', name = '' } = pod.metadata
      // The uid keeps a successor of the same name safe.
      const body = { metadata: { uid: podUid(pod) }, status: patch }
      try {
        written(
          await client.patch(Pod, { namespace, name }, body, { type: 'strategic', subresource: 'status', signal }),
        )
        if (this.#wanted === wanted) return
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) this.#gone = true
        else if (isInvalid(error) || isBadRequest(error) || isForbidden(error)) {
          // The same again would be refused again; another status may not be.
          logger.error('pod status was refused', { pod: podKey(pod), error })
          if (this.#wanted === wanted) return
        } else if (!signal.aborted) {
          logger.warn('pod status was not written, will be tried again', { pod: podKey(pod), error })
          await sleep(clock, retryMs, signal).catch(() => undefined)
        }
      }
    }
  }
}
