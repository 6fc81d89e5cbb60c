import { CustomResourceDefinition } from '@wherry/api'
import { formatTime, isNotFound } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { Core } from '../registry/core.ts'
import type { Served } from '../registry/served.ts'
import { loopbackUser } from '../resources/loopback-user.ts'
import { cleanupFinalizer } from '../resources/apiextensions/cleanup-finalizer.ts'
import { type ConditionState, isTrue, withCondition } from './conditions.ts'

export interface CleanupDeps {
  readonly core: Core
  readonly clock: Clock
  /** The resource in its versions; none where it was never served. */
  versions(): readonly Served[]
}

/** How long instances may take to go, each time. As upstream: crd_finalizer.go. */
const patience = 60_000
const workers = 16

/**
 * Deletes what there is of a resource whose definition is being deleted, with its own finalizers honoured, and then lets
 * the definition go. Throws when the instances do not go in time: the caller tries again.
 */
export function newCleanup({ core, clock, versions }: CleanupDeps) {
  const store = core.behaviours.store(CustomResourceDefinition)

  return async (name: string, signal: AbortSignal): Promise<void> => {
    const definition = store.get({ name })
    if (!definition?.metadata.finalizers?.includes(cleanupFinalizer)) return
    await say(name, 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')
    if (!isTrue(definition, 'Established')) {
      return say(name, 'False', 'NeverEstablished', 'resource was never established', true)
    }
    const served = versions().find(({ definition: { schema, kind } }) => schema?.storageVersion === kind.version)
    if (served) {
      try {
        await deleteAll(served)
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        await say(name, 'True', 'InstanceDeletionFailed', `could not issue all deletes: ${problem}`)
        throw error
      }
      if (!(await emptied(served, signal))) {
        const problem = 'timed out waiting for the condition'
        const message = `could not confirm zero CustomResources remaining: ${problem}`
        await say(name, 'True', 'InstanceDeletionCheck', message)
        throw new Error(message)
      }
    }
    await say(name, 'False', 'InstanceDeletionCompleted', 'removed all instances', true)
  }

  async function say(
    name: string,
    status: ConditionState['status'],
    reason: string,
    message: string,
    done = false,
  ): Promise<void> {
    await store.update(
      { name },
      (object) => {
        const state: ConditionState = { type: 'Terminating', status, reason, message }
        const conditions = withCondition(object.status?.conditions ?? [], state, formatTime(clock.now()))
        object.status = { ...object.status, conditions: [...conditions] }
        if (done)
          object.metadata.finalizers = object.metadata.finalizers?.filter((one) => one !== cleanupFinalizer) ?? []
      },
      { user: loopbackUser, subresource: 'status' },
    )
  }

  async function deleteAll(served: Served): Promise<void> {
    const queue = [...served.cache.objects.range()].values()
    const work = async () => {
      for (const { namespace, name } of queue) {
        const write = {
          served,
          subresource: '',
          key: { namespace: served.info.namespaced ? namespace : undefined, name },
          user: loopbackUser,
          dryRun: false,
          manager: 'kube-apiserver',
          warn: () => {},
        }
        await core.pipeline.delete(write, {}).catch((error: unknown) => {
          if (!isNotFound(error)) throw error
        })
      }
    }
    await Promise.all(Array.from({ length: workers }, work))
  }

  /** Whether the last object has gone; false when that takes too long or the server stops. */
  async function emptied({ cache }: Served, signal: AbortSignal): Promise<boolean> {
    if (cache.size === 0) return true
    let done: (empty: boolean) => void = () => {}
    const result = new Promise<boolean>((resolve) => {
      done = resolve
    })
    const stop = cache.onChange(() => {
      if (cache.size === 0) done(true)
    })
    const cancel = clock.setTimer(patience, () => done(false))
    const abort = () => done(false)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) done(false)
    try {
      return await result
    } finally {
      stop()
      cancel()
      signal.removeEventListener('abort', abort)
    }
  }
}
