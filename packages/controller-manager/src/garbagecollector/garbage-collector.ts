import type { Kind } from '@wherry/api'
import type { Client, Informers } from '@wherry/client'
import { type Clock, type Component, type Logger, sleep } from '@wherry/component-base'
import { discover, type ServedKind } from '../discovery/discovery.ts'
import { Collector } from './collector.ts'
import { Monitors } from './monitors.ts'
import { newPace, type PaceOptions } from './pace.ts'

export interface GarbageCollectorOptions {
  workers: number
  /** How often kinds are looked at in which nothing owns or is owned. */
  quiet: PaceOptions
}

export interface GarbageCollectorDeps extends GarbageCollectorOptions {
  client: Client
  clock: Clock
  logger: Logger
  informers: Informers
  /** Kinds whose informers run anyway. */
  shared: readonly Kind[]
}

/** Kinds that come and go by the thousand and own nothing. As upstream's ignored resources. */
const ignored = new Set(['/events', 'events.k8s.io/events'])

/** Kinds whose objects change what discovery finds. */
const discoveryKinds = new Set(['apiextensions.k8s.io/customresourcedefinitions', 'apiregistration.k8s.io/apiservices'])

const rediscoverAfterMs = 500
const retryAfterMs = 1_000

/** How long one kind may hold up the start: what it has not shown by then is looked up when it is needed. */
const syncPatienceMs = 30_000

/**
 * Deletes what has lost its owners, and carries out foreground deletion and orphaning, for every kind that discovery
 * finds. As kube-controller-manager's garbage-collector-controller.
 */
export function newGarbageCollector(deps: GarbageCollectorDeps): Component {
  const { client, clock, logger, informers, shared, workers, quiet } = deps
  const pace = newPace(clock, quiet)
  let byName = new Map<string, ServedKind>()
  let rediscover = () => {}
  const collector = new Collector({
    client,
    clock,
    logger,
    kindOf: ({ group, kind }) => byName.get(`${group}/${kind}`),
    unknownOwner: (type) => monitors.watch(type),
  })
  const monitors = new Monitors({
    client,
    clock,
    logger,
    informers,
    shared,
    graph: collector.graph,
    isWatched: (kind) => discoveryKinds.has(resourceOf(kind)),
    changed: (kind) => {
      if (discoveryKinds.has(resourceOf(kind))) rediscover()
    },
    stirred: () => pace.hurry(),
  })

  /** Kinds of a group whose server did not answer stay as they were. */
  async function refresh(signal: AbortSignal): Promise<void> {
    const { kinds, failed } = await discover(client, signal)
    const isFailed = ({ group, version }: Kind) => failed.includes(group === '' ? version : `${group}/${version}`)
    const kept = [...byName.values()].filter(isFailed)
    const all = [...kept, ...kinds]
    byName = new Map(all.map((kind) => [`${kind.group}/${kind.kind}`, kind]))
    monitors.follow(all.filter(isCollectable))
  }

  async function refreshUntilDone(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        return await refresh(signal)
      } catch (error) {
        if (signal.aborted) return
        logger.debug('discovery failed, will be tried again', { error })
        await sleep(clock, retryAfterMs, signal).catch(() => undefined)
      }
    }
  }

  async function lookAtQuiet(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pace.next(signal)
      await monitors.lookAtQuiet(signal)
    }
  }

  return {
    async run(signal) {
      // Others need the server more at the start: nothing is garbage yet.
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
      await Promise.race([informers.synced(), aborted])
      await refreshUntilDone(signal)
      await monitors.lookAtQuiet(signal)
      const patience = sleep(clock, syncPatienceMs, signal).catch(() => undefined)
      const ready = Promise.race([monitors.synced(), patience])
      // One look for many changes; a change during a look asks for another one.
      let due = false
      let looking = Promise.resolve()
      rediscover = () => {
        if (due || signal.aborted) return
        due = true
        looking = looking
          .then(() => sleep(clock, rediscoverAfterMs, signal))
          .then(() => {
            due = false
            return refreshUntilDone(signal)
          })
          .catch(() => undefined)
      }
      await Promise.all([collector.run(signal, ready, workers), lookAtQuiet(signal)])
      await looking
      await monitors.stop()
    },
  }
}

function isCollectable(kind: ServedKind): boolean {
  const { verbs } = kind
  const usable = verbs.includes('delete') && verbs.includes('list') && verbs.includes('watch')
  return usable && !ignored.has(resourceOf(kind))
}

function resourceOf({ group, resource }: Kind): string {
  return `${group}/${resource}`
}
