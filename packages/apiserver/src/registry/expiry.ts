import { type Clock, sleep } from '@wherry/component-base'
import type { Storage } from '@wherry/storage'
import type { ResourceCache } from '../watch-cache/resource-cache.ts'
import type { Registry } from './registry.ts'

export interface ExpiryDeps {
  readonly registry: Registry
  readonly storage: Storage
  readonly clock: Clock
  /** In milliseconds; what each kind's definition says unless told. */
  readonly timeToLive?: number | undefined
}

interface Written {
  readonly key: string
  readonly revision: number
  readonly expires: number
}

/** How late an object may go. */
const interval = 10_000

/**
 * Deletes objects of kinds with a time to live when that has passed since their last write, as etcd does with a lease.
 * Nothing of it is stored: what is there when the server starts begins its time anew. Resolves when the signal is aborted.
 */
export async function runExpiry(deps: ExpiryDeps, signal: AbortSignal): Promise<void> {
  const { registry, storage, clock, timeToLive } = deps
  const expiring = registry.all.filter(({ definition, stored }) => definition === stored && definition.timeToLive)
  await Promise.all(
    expiring.map(({ cache, definition }) =>
      expire(cache, timeToLive ?? definition.timeToLive ?? 0, { storage, clock }, signal),
    ),
  )
}

/** All objects live equally long, so the order in which they were written is that in which they go. */
async function expire(
  cache: ResourceCache,
  timeToLive: number,
  { storage, clock }: Pick<ExpiryDeps, 'storage' | 'clock'>,
  signal: AbortSignal,
): Promise<void> {
  const expires = clock.now() + timeToLive
  let queue: Written[] = Array.from(cache.objects.range(), ({ key, revision }) => ({ key, revision, expires }))
  const stop = cache.onChange(({ type, object: { key, revision } }) => {
    if (type !== 'DELETED') queue.push({ key, revision, expires: clock.now() + timeToLive })
  })
  try {
    while (!signal.aborted) {
      await sleep(clock, interval, signal).catch(() => undefined)
      const alive = queue.findIndex((written) => written.expires > clock.now())
      const due = queue.slice(0, alive < 0 ? queue.length : alive)
      queue = queue.slice(due.length)
      // A later write has an entry of its own.
      const expired = due.filter(({ key, revision }) => cache.get(key)?.revision === revision)
      await Promise.all(expired.map(({ key, revision }) => storage.delete(`${cache.spec.prefix}${key}`, { revision })))
    }
  } finally {
    stop()
  }
}
