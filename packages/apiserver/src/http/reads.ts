import { resourceExpired, statusErrorFrom, tooLargeResourceVersion } from '@wherry/apimachinery'
import type { WatchCache } from '../watch-cache/watch-cache.ts'
import type { ServerContext } from './server-context.ts'

/** How long a read waits for a revision that is still to come. As upstream: `blockTimeout` of the cacher. */
const futureWait = 3000

/** Reads a resourceVersion: undefined where none is asked for. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined
  if (/^\d{1,20}$/.test(text)) return Number(text)
  const problem = `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  // Upstream answers 500 without a reason here.
  throw statusErrorFrom({ metadata: {}, status: 'Failure', message: problem, code: 500 })
}

/**
 * Waits until a read may be answered: without a resourceVersion, until the cache holds all that is committed; with one,
 * until the cache has reached it. Throws 504 for a version that does not come.
 */
export async function readyFor(
  { watchCache, clock }: Pick<ServerContext, 'watchCache' | 'clock'>,
  revision: number | undefined,
) {
  if (revision === undefined) return watchCache.fresh()
  if (revision <= watchCache.revision) return undefined
  if (await watchCache.reachedWithin(revision, futureWait, clock)) return undefined
  throw tooLargeResourceVersion(watchCache.revision, revision)
}

export const listExpired = () => resourceExpired('The resourceVersion for the provided list is too old.')

export function watchExpired(watchCache: WatchCache, after: number, oldest: number) {
  return resourceExpired(`too old resource version: ${after} (${Math.max(oldest, 0) || watchCache.revision})`)
}
