import type { Kind, KubeObject } from '@wherry/api'
import { type Clock, childOf } from '@wherry/component-base'
import type { Informer } from '../cache/informer.ts'
import { compareVersions } from '../cache/resource-version.ts'
import type { WriteObserver } from '../rest/write-scope.ts'

/** A cache that lags for longer is behind for a reason that waiting does not mend, and the key is looked at anyway. */
const patienceMs = 5_000

/** Identifies a kind among informers. */
export function kindId({ group, resource }: Kind): string {
  return `${group}/${resource}`
}

/**
 * Notes what one reconcile wrote, so that the next one of the same key does not act on a cache from before: it would
 * create the same pods once more. This takes the place of the expectations that upstream's controllers keep.
 */
export class WriteLog implements WriteObserver {
  readonly #informers: ReadonlyMap<string, Informer>
  readonly #reach = new Map<Informer, string>()
  readonly #ends: { informer: Informer; key: string; uid: string }[] = []

  constructor(informers: ReadonlyMap<string, Informer>) {
    this.#informers = informers
  }

  wrote(kind: Kind, { metadata: { resourceVersion } }: KubeObject): void {
    const informer = this.#informers.get(kindId(kind))
    if (!informer || !resourceVersion) return
    const noted = this.#reach.get(informer)
    if (noted === undefined || compareVersions(noted, resourceVersion) < 0) this.#reach.set(informer, resourceVersion)
  }

  deleted(kind: Kind, key: string, uid: string | undefined): void {
    const informer = this.#informers.get(kindId(kind))
    const known = uid ?? informer?.lister.get(key)?.metadata.uid
    if (informer && known !== undefined) this.#ends.push({ informer, key, uid: known })
  }

  /** Resolves once the caches hold what was written, at the latest after some seconds. Never rejects. */
  async settled(clock: Clock, signal: AbortSignal): Promise<void> {
    if (this.#reach.size === 0 && this.#ends.length === 0) return
    const patience = childOf(signal)
    const cancel = clock.setTimer(patienceMs, () => patience.abort())
    await Promise.allSettled([
      ...[...this.#reach].map(([informer, version]) => informer.reached(version, patience.signal)),
      ...this.#ends.map(({ informer, key, uid }) => informer.ended(key, uid, patience.signal)),
    ])
    cancel()
    patience.release()
  }
}
