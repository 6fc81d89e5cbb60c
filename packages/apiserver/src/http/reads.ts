import { badRequest, goQuote, resourceExpired, statusErrorFrom, tooLargeResourceVersion } from '@wherry/apimachinery'
import type { WatchCache } from '../watch-cache/watch-cache.ts'
import type { ServerContext } from './server-context.ts'

/** How long a read waits for a revision that is still to come. As upstream: `blockTimeout` of the cacher. */
const futureWait = 3000

/** Reads a resourceVersion: undefined where none is asked for. Throws what upstream answers gets and watches with: 500. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined
  const problem = problemOf(text)
  if (problem === undefined) return Number(text)
  // Upstream answers 500 without a reason here.
  throw statusErrorFrom({ metadata: {}, status: 'Failure', message: problem, code: 500 })
}

/** The same for lists, which upstream checks earlier. Throws 400. */
export function parseListVersion(text: string): number | undefined {
  if (text === '') return undefined
  const problem = problemOf(text)
  if (problem === undefined) return Number(text)
  throw badRequest(`invalid resource version: ${problem}`)
}

function problemOf(text: string): string | undefined {
  const digits = /^\d+$/.test(text)
  if (digits && (text.length < 20 || BigInt(text) < 2n ** 64n)) return undefined
  const quoted = goQuote(text)
  const reason = digits ? 'value out of range' : 'invalid syntax'
  return `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${reason}`
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
  throw tooLargeResourceVersion(watchCache.revision, BigInt(revision))
}

export const listExpired = () => resourceExpired('The resourceVersion for the provided list is too old.')

export function watchExpired(watchCache: WatchCache, after: number, oldest: number) {
  return resourceExpired(`too old resource version: ${after} (${Math.max(oldest, 0) || watchCache.revision})`)
}
