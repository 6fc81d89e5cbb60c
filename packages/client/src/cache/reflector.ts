import type { KubeObject } from '@wherry/api'
import {
  isBadRequest,
  isInternalError,
  isInvalid,
  isServiceUnavailable,
  isTooManyRequests,
  objectKey,
  statusErrorFrom,
} from '@wherry/apimachinery'
import { type Backoff, type Clock, childOf, type Logger, newBackoff, type Random, sleep } from '@wherry/component-base'
import type { KubeList, ListOptions, WatchEvent, WatchOptions } from '../rest/client.ts'
import { ConnectionError, isConnectionRefused } from '../rest/connection-error.ts'

/** Lists and watches one selection of one kind. */
export interface ListerWatcher<T extends KubeObject = KubeObject> {
  list(options: ListOptions): Promise<KubeList<T>>
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>
}

/** Where a reflector puts what it sees. */
export interface ReflectorStore<T extends KubeObject = KubeObject> {
  /** These are all objects, as of this version. */
  replace(objects: readonly T[], resourceVersion: string): void
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void
  /** Nothing has changed up to this version but what was applied. */
  bookmark(resourceVersion: string): void
}

export interface ReflectorDeps<T extends KubeObject> {
  source: ListerWatcher<T>
  store: ReflectorStore<T>
  clock: Clock
  logger: Logger
  random: Random
}

const initialEventsEnd = 'k8s.io/initial-events-end'
const pageSize = 500

/** As client-go: watches are ended by the server after 5 to 10 minutes, so that none hangs for ever. */
const minWatchSeconds = 300

/**
 * The first retries are quick, because components start beside the API server. A server that nobody listens for is
 * asked again every 2 s at the latest: asking costs nothing, and it is back at once when it is restarted.
 */
const backoffOptions = { initialMs: 50, maxMs: 30_000, jitter: 0.5 }
const longestRefusedMs = 2_000

/** A round that lasted this long, or brought a change, shows that the server works. */
const soundRoundMs = 1_000

/** Longer silence before the initial list has ended means that the server does not know how to send it by a watch. */
const initialListPatienceMs = 10_000

/** Failures are worth a warning from this delay on; shorter ones are the ordinary hiccups of starts and restarts. */
const warnFromMs = 1_000

/**
 * Keeps a store the same as the server's objects, until its signal is aborted.
 *
 *     no version ──list, or initial events──▶ version ──watch──▶ version′ ──▶ …
 *         ▲                                     │ 410, or an answer that makes no sense
 *         └─────────────────────────────────────┘
 *
 * A watch goes on where the last one ended. Where the server no longer has that version, everything is listed anew and
 * the store replaced. As client-go: tools/cache/reflector.go.
 */
export class Reflector<T extends KubeObject> {
  readonly #deps: ReflectorDeps<T>
  readonly #backoff: Backoff
  /** What the store has reached; undefined when everything has to be listed. */
  #version: string | undefined
  /** Whether the initial list comes as events of the watch (KEP 3157), which saves a request. */
  #streams = true
  /** In this round, after the initial list. */
  #sawEvents = false

  constructor(deps: ReflectorDeps<T>) {
    this.#deps = deps
    this.#backoff = newBackoff({ ...backoffOptions, clock: deps.clock, random: deps.random })
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    while (!signal.aborted) {
      const began = clock.now()
      this.#sawEvents = false
      const failure = await this.#round(signal).then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      if (signal.aborted) return
      const sound = this.#sawEvents || clock.now() - began >= soundRoundMs
      if (sound) this.#backoff.reset()
      if (failure ? this.#learn(failure.error) : sound) continue
      const next = this.#backoff.next()
      const delay = failure && isConnectionRefused(failure.error) ? Math.min(next, longestRefusedMs) : next
      if (failure) this.#report(failure.error, delay)
      await sleep(clock, delay, signal).catch(() => undefined)
    }
  }

  async #round(signal: AbortSignal): Promise<void> {
    if (this.#version === undefined && this.#streams) return this.#watchFromStart(signal)
    if (this.#version === undefined) await this.#list(signal)
    const options = { allowWatchBookmarks: true, resourceVersion: this.#version, ...this.#watchOptions(signal) }
    for await (const event of this.#deps.source.watch(options)) this.#apply(event)
  }

  /** Takes from a failure what it says of the version. True when another way is worth a try at once. */
  #learn(failure: unknown): boolean {
    if (this.#version === undefined) {
      const refused = failure instanceof NoInitialEvents || isInvalid(failure) || isBadRequest(failure)
      const other = this.#streams && refused
      if (refused) this.#streams = false
      return other
    }
    const passing =
      failure instanceof ConnectionError ||
      isTooManyRequests(failure) ||
      isInternalError(failure) ||
      isServiceUnavailable(failure)
    // What is left is 410, a version from a future that the server has lost, or an answer that makes no sense.
    if (!passing) this.#version = undefined
    return false
  }

  #report(failure: unknown, retryInMs: number): void {
    const { logger } = this.#deps
    const fields = { error: failure, retryInMs: Math.round(retryInMs) }
    if (retryInMs >= warnFromMs) logger.warn('list or watch failed', fields)
    else logger.debug('list or watch failed', fields)
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { source, store } = this.#deps
    const objects: T[] = []
    let page: KubeList<T>
    let next: string | undefined
    do {
      page = await source.list({ limit: pageSize, continue: next, signal })
      objects.push(...page.items)
      next = page.metadata.continue || undefined
    } while (next)
    this.#version = page.metadata.resourceVersion ?? ''
    store.replace(objects, this.#version)
  }

  async #watchFromStart(signal: AbortSignal): Promise<void> {
    const { source, store, clock } = this.#deps
    const patient = childOf(signal)
    const giveUp = () => patient.abort(new NoInitialEvents())
    let cancel = clock.setTimer(initialListPatienceMs, giveUp)
    const objects = new Map<string, T>()
    const options = {
      sendInitialEvents: true,
      resourceVersionMatch: 'NotOlderThan' as const,
      allowWatchBookmarks: true,
      ...this.#watchOptions(patient.signal),
    }
    try {
      for await (const event of source.watch(options)) {
        cancel()
        if (this.#version !== undefined) {
          this.#apply(event)
          continue
        }
        if (event.type === 'ERROR') throw statusErrorFrom(event.object)
        const { metadata } = event.object
        if (event.type !== 'BOOKMARK') {
          if (event.type === 'DELETED') objects.delete(objectKey(metadata))
          else objects.set(objectKey(metadata), event.object)
        } else if (metadata.annotations?.[initialEventsEnd] === 'true') {
          this.#version = metadata.resourceVersion ?? ''
          store.replace([...objects.values()], this.#version)
          objects.clear()
          continue
        }
        cancel = clock.setTimer(initialListPatienceMs, giveUp)
      }
    } finally {
      cancel()
      patient.release()
    }
  }

  #watchOptions(signal: AbortSignal): WatchOptions {
    return { timeoutSeconds: Math.round(minWatchSeconds * (1 + this.#deps.random())), signal }
  }

  #apply(event: WatchEvent<T>): void {
    if (event.type === 'ERROR') throw statusErrorFrom(event.object)
    const version = event.object.metadata.resourceVersion ?? ''
    this.#sawEvents = true
    this.#version = version
    if (event.type === 'BOOKMARK') this.#deps.store.bookmark(version)
    else this.#deps.store.apply(event.type, event.object)
  }
}

/** The server took `sendInitialEvents` and did not act on it. */
class NoInitialEvents extends Error {
  override readonly name = 'NoInitialEvents'

  constructor() {
    super('no initial events came from the server')
  }
}
