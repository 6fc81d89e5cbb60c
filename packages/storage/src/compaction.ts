import { type Clock, sleep } from '@wherry/component-base'
import type { Storage } from './storage.ts'

export interface CompactionOptions {
  readonly storage: Storage
  readonly clock: Clock
  /** History younger than this is kept, as long as it is not too much; five minutes, as etcd under Kubernetes. */
  readonly maxAge?: number
  /** The most events that are kept, however young. */
  readonly maxEvents?: number
}

/** How often is looked; history may be longer than its bound by what is written meanwhile. */
const interval = 10_000

/** Forgets history by its age and its length until the signal is aborted. */
export async function runCompaction(options: CompactionOptions, signal: AbortSignal): Promise<void> {
  const { storage, clock, maxAge = 5 * 60_000, maxEvents = 50_000 } = options
  const seen: { at: number; revision: number }[] = []
  while (!signal.aborted) {
    const now = clock.now()
    let aged = 0
    while (seen[0] && seen[0].at <= now - maxAge) aged = seen.shift()?.revision ?? aged
    const target = Math.max(aged, storage.revision() - maxEvents)
    if (target > storage.compacted()) await storage.compact(target)
    if (seen.at(-1)?.revision !== storage.revision()) seen.push({ at: now, revision: storage.revision() })
    await sleep(clock, interval, signal).catch(() => undefined)
  }
}
