import { isNotFound } from '@wherry/apimachinery'
import { sleep } from '@wherry/component-base'
import type { Context } from '../context.ts'
import { ErrorGatherer, PlainError } from '../errors.ts'
import type { Connection } from './connection.ts'
import type { ObjectRef } from './rest.ts'
import { watchRaw } from './watch.ts'
import { dig } from '../objects/json.ts'

/** An object that was told to go, and the uid that it had; another uid under its name means that it has gone. */
export type Doomed = ObjectRef & { uid?: string | undefined }

/** Zero timeouts mean a week, as kubectl has it. */
export const aWeekMs = 168 * 3_600_000

/** Waits until the objects are gone, one after the other, within the time. Throws for each that is not. */
export async function waitForDeletion(
  context: Context,
  connection: Connection,
  doomed: readonly Doomed[],
  timeoutMs: number,
): Promise<void> {
  const late = new AbortController()
  const cancel = context.clock.setTimer(timeoutMs, () => late.abort())
  const errors = new ErrorGatherer()
  try {
    for (const object of doomed) await errors.gather(() => gone(context, connection, object, late.signal))
  } finally {
    cancel()
  }
  errors.throwAll()
}

async function gone(context: Context, connection: Connection, object: Doomed, late: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([context.signal, late])
  const { kind, namespace, name, uid } = object
  try {
    for (;;) {
      const found = await connection.rest.get(object, { signal }).catch((error: unknown) => {
        if (isNotFound(error)) return undefined
        throw error
      })
      if (!found || (uid !== undefined && found.metadata.uid !== uid)) return
      const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: found.metadata.resourceVersion }
      const seen = await watchUntilDeleted(connection, { kind, namespace, query, signal }, found.metadata.uid)
      if (seen) return
      await sleep(context.clock, 200, signal)
    }
  } catch (error) {
    if (late.aborted && !context.signal.aborted) {
      const group = kind.group === '' ? '' : `.${kind.group}`
      throw new PlainError(`error: timed out waiting for the condition on ${kind.resource}${group}/${name}`)
    }
    throw error
  }
}

async function watchUntilDeleted(
  connection: Connection,
  request: Parameters<typeof watchRaw>[1],
  uid: string | undefined,
): Promise<boolean> {
  try {
    for await (const event of watchRaw(connection.rest, request)) {
      if (event.type === 'DELETED' && dig(event.object, 'metadata', 'uid') === uid) return true
      if (event.type !== 'BOOKMARK' && dig(event.object, 'metadata', 'uid') !== uid) return true
    }
  } catch (error) {
    if (request.signal?.aborted) throw error
  }
  return false
}
