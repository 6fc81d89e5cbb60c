import type { Kind, KubeObject } from '@wherry/api'
import { type DeepReadonly, getController, isConflict, objectKey, parseGroupVersion } from '@wherry/apimachinery'
import { type Clock, forMany, type Logger } from '@wherry/component-base'
import type { Informer } from '../cache/informer.ts'
import type { Informers } from '../cache/informers.ts'
import type { Client, Selection } from '../rest/client.ts'
import { ConnectionError } from '../rest/connection-error.ts'
import { observeWrites } from '../rest/write-scope.ts'
import { type Controller, TerminalError, type WatchMapping } from './controller.ts'
import { kindId, WriteLog } from './read-your-writes.ts'
import { newWorkqueue, type Workqueue } from './workqueue.ts'

export interface ControllersDeps {
  client: Client
  informers: Informers
  clock: Clock
  logger: Logger
}

const defaultWorkers = 5

/** Runs the informers and the controllers until the signal is aborted and every reconcile under way has ended. */
export async function runControllers(
  controllers: readonly Controller[],
  deps: ControllersDeps,
  signal: AbortSignal,
): Promise<void> {
  forMany(signal)
  const wired = controllers.map((controller) => wire(controller, deps))
  await Promise.all([deps.informers.run(signal), ...wired.map((run) => run(signal))])
}

type Run = (signal: AbortSignal) => Promise<void>

/** Connects a controller's kinds with its queue, before the informers run, so that no change is missed. */
function wire(controller: Controller, { informers, clock, logger: base }: ControllersDeps): Run {
  const logger = base.with({ controller: controller.name })
  const queue = newWorkqueue({ clock })
  const caches = new Set<Informer>()
  /** A cache of a selection never learns of writes to what is not in it, so it says nothing of what was written. */
  const whole = new Map<string, Informer>()
  const cacheOf = <T extends KubeObject>(kind: Kind<T>, selection?: Selection): Informer<T> => {
    const informer = informers.for(kind, selection)
    caches.add(informer)
    if (!selection) whole.set(kindId(kind), informer)
    return informer
  }
  const primary = cacheOf(controller.primary)
  const addOwn = (object: DeepReadonly<KubeObject>) => queue.add(objectKey(object.metadata))
  primary.on({ added: addOwn, updated: addOwn, deleted: addOwn })
  const sources: WatchMapping[] = [
    ...(controller.owns ?? []).map((kind) => ({ kind, map: ownerKeys(controller.primary, primary) })),
    ...(controller.watches ?? []),
  ]
  for (const source of sources) follow(source, cacheOf(source.kind, source.selection), queue)
  return async (signal) => {
    const stop = () => queue.shutDown()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([Promise.all([...caches].map((informer) => informer.synced())), aborted])
    const held = new Set<Promise<void>>()
    const worker = async () => {
      for (;;) {
        const key = await queue.get()
        // What still waits in a queue that is shut down is dropped: another process takes it from its own caches.
        if (key === undefined || signal.aborted) return
        const log = new WriteLog(whole)
        await observeWrites(log, () => reconcile(controller, key, { queue, logger }, signal))
        // Until the caches have what was written the key counts as being worked on; the worker takes another one.
        const hold = log.settled(clock, signal).then(() => {
          queue.done(key)
          held.delete(hold)
        })
        held.add(hold)
      }
    }
    await Promise.all(Array.from({ length: controller.workers ?? defaultWorkers }, worker))
    await Promise.all(held)
  }
}

function follow(source: WatchMapping, informer: Informer, queue: Workqueue): void {
  const add = (object: DeepReadonly<KubeObject>) => {
    for (const key of source.map(object)) queue.add(key)
  }
  informer.on({
    added: add,
    updated(object, old) {
      if (source.changed && !source.changed(object, old)) return
      add(old)
      add(object)
    },
    deleted: add,
  })
}

/** The key of the object's controller, if it is of the primary kind and the one that is in the cache. */
function ownerKeys(kind: Kind, primary: Informer): (object: DeepReadonly<KubeObject>) => readonly string[] {
  return ({ metadata }) => {
    const owner = getController(metadata)
    if (owner?.kind !== kind.kind || parseGroupVersion(owner.apiVersion).group !== kind.group) return []
    const key = objectKey({ name: owner.name, ...(kind.namespaced && { namespace: metadata.namespace }) })
    // An owner that is not there yet will be looked at when it comes; one of another uid does not own this.
    return primary.lister.get(key)?.metadata.uid === owner.uid ? [key] : []
  }
}

async function reconcile(
  controller: Controller,
  key: string,
  { queue, logger }: { queue: Workqueue; logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  try {
    const result = await controller.reconcile(key, signal)
    queue.forget(key)
    if (result) queue.addAfter(key, result.requeueAfterMs)
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof TerminalError) {
      queue.forget(key)
      logger.error('reconcile failed for good', { key, error })
      return
    }
    queue.addRateLimited(key)
    // Others change objects too, and servers restart: neither is worth a warning until it goes on.
    const usual = (isConflict(error) || error instanceof ConnectionError) && queue.retries(key) < 5
    logger[usual ? 'debug' : 'warn']('reconcile failed, will be tried again', { key, error })
  }
}
