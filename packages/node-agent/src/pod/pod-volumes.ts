import type { Clock } from '@wherry/component-base'
import type { ServiceAccountTokens } from '../volumes/service-account-tokens.ts'
import { isLive, type PreparedVolume, prepareVolume } from '../volumes/volume.ts'
import { Backoff } from './backoff.ts'
import type { PodFacts } from './field-ref.ts'
import { type PodObject, podUid } from './pod-object.ts'
import type { References } from './references.ts'

export interface PodVolumesDeps {
  clock: Clock
  references: References
  tokens: ServiceAccountTokens
  podDir: string
  /** An object that the volumes are made from has changed. */
  changed: () => void
}

export type VolumesOutcome =
  | { ready: true; volumes: ReadonlyMap<string, PreparedVolume>; refreshAt: number }
  /** `report`: this is a new try and not only a wake-up before its time. */
  | { ready: false; volume: string; message: string; retryMs: number; report: boolean }

/** The volumes of one pod. */
export class PodVolumes {
  readonly #deps: PodVolumesDeps
  /** As the kubelet's operation executor: from half a second to two minutes. */
  readonly #backoff = new Backoff(500, 122_000)
  readonly #prepared = new Map<string, PreparedVolume>()
  #failedAt = 0
  /** What the files were last made from; undefined when an object has changed since. */
  #made: string | undefined

  constructor(deps: PodVolumesDeps) {
    this.#deps = deps
  }

  /**
   * Makes what is missing and brings up to date what is there. What was ready once stays ready: a Secret that is deleted
   * under a running pod leaves its files.
   */
  async setUp(pod: PodObject, facts: PodFacts): Promise<VolumesOutcome> {
    const { clock, references, tokens, podDir, changed } = this.#deps
    const uid = podUid(pod)
    const namespace = pod.metadata.namespace ?? ''
    const reader = {
      uid,
      use: 'volumes' as const,
      changed: () => {
        this.#made = undefined
        changed()
      },
    }
    const source = JSON.stringify([pod.metadata.labels, pod.metadata.annotations])
    const volumes = pod.spec?.volumes ?? []
    const complete = volumes.every(({ name }) => this.#prepared.has(name))
    if (complete && this.#made === source && clock.now() < tokens.refreshAt(uid)) return this.#ready(uid)
    // A change while the files are being made calls for another round.
    this.#made = source
    for (const volume of volumes) {
      if (this.#prepared.has(volume.name) && !isLive(volume)) continue
      const now = clock.now()
      try {
        const prepared = await prepareVolume(podDir, pod, volume, {
          ...facts,
          configMap: (name) => references.configMaps.get(namespace, name, reader),
          secret: (name) => references.secrets.get(namespace, name, reader),
          token: (audience, seconds) => tokens.token(pod, audience, seconds),
          stamp: () => new Date(now).toISOString().replace(/[-:T]/g, '_').slice(0, 19),
        })
        this.#prepared.set(volume.name, prepared)
      } catch (error) {
        if (this.#prepared.has(volume.name)) continue
        const message = error instanceof Error ? error.message : String(error)
        const left = this.#backoff.remaining(volume.name, this.#failedAt, now)
        if (left > 0) return { ready: false, volume: volume.name, message, retryMs: left, report: false }
        this.#backoff.next(volume.name, now, now)
        this.#failedAt = now
        return { ready: false, volume: volume.name, message, retryMs: this.#backoff.delay(volume.name), report: true }
      }
    }
    return this.#ready(uid)
  }

  #ready(uid: string): VolumesOutcome {
    return { ready: true, volumes: this.#prepared, refreshAt: this.#deps.tokens.refreshAt(uid) }
  }
}
