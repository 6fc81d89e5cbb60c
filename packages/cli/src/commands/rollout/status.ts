import { DaemonSet, Deployment, StatefulSet } from '@wherry/api'
import type { Connection } from '../../access/connection.ts'
import type { Found } from '../../access/targets.ts'
import { defineCommand } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { daemonSetStatus, deploymentStatus, type RolloutStatus, statefulSetStatus } from '../../rollout/status.ts'
import { completeRollout, rolloutTargetFlags, visitWorkloads } from './shared.ts'

export const rolloutStatusCommand = defineCommand({
  use: 'rollout status (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Show the status of the rollout',
  long: `Show the status of the rollout.

 The command waits until the latest rollout is done, or until the one of --revision is; with --watch=false it tells only how
 things are.`,
  examples: `# Wait for a deployment
$ rollout status deployment/web`,
  complete: completeRollout,
  flags: {
    ...rolloutTargetFlags,
    revision: { type: 'int', describe: 'The revision to look at; 0 is the latest.' },
    timeout: { type: 'duration', describe: 'How long to wait; 0 is without limit.' },
    watch: { type: 'boolean', short: 'w', default: 'true', describe: 'Wait until the rollout is done.' },
  },
  async run(context, { args, flags }) {
    if (flags.revision < 0) throw new CommandError(`revision must be a positive integer: ${flags.revision}`)
    await visitWorkloads(context, args, flags, async (found, connection) => {
      if (!flags.watch) {
        const { message } = await statusNow(connection, found, flags.revision)
        context.print(message)
        return
      }
      const late = new AbortController()
      const cancel = flags.timeout > 0 ? context.clock.setTimer(flags.timeout, () => late.abort()) : () => {}
      try {
        await follow(context, connection, found, flags.revision, AbortSignal.any([context.signal, late.signal]))
      } catch (error) {
        if (late.signal.aborted) throw new CommandError('timed out waiting for the condition')
        throw error
      } finally {
        cancel()
      }
    })
  },
})

/** Tells each state of the rollout as it comes, until it is done. */
async function follow(
  context: Context,
  connection: Connection,
  found: Found,
  revision: number,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = found
  const watch = { namespace, fieldSelector: `metadata.name=${name}`, signal }
  const fail = (): never => {
    throw new CommandError('object has been deleted')
  }
  const show = ({ message, done }: RolloutStatus) => {
    context.print(message)
    return done
  }
  for (;;) {
    signal.throwIfAborted()
    switch (found.kind.kind) {
      case 'Deployment': {
        const object = await connection.client.get(Deployment, { namespace, name })
        if (show(deploymentStatus(object, revision))) return
        const { resourceVersion } = object.metadata
        for await (const event of connection.client.watch(Deployment, {
          ...watch,
          ...(resourceVersion && { resourceVersion }),
        })) {
          if (event.type === 'DELETED') fail()
          if (event.type === 'ERROR') break
          if (event.type !== 'BOOKMARK' && show(deploymentStatus(event.object, revision))) return
        }
        break
      }
      case 'DaemonSet': {
        const object = await connection.client.get(DaemonSet, { namespace, name })
        if (show(daemonSetStatus(object))) return
        const { resourceVersion } = object.metadata
        for await (const event of connection.client.watch(DaemonSet, {
          ...watch,
          ...(resourceVersion && { resourceVersion }),
        })) {
          if (event.type === 'DELETED') fail()
          if (event.type === 'ERROR') break
          if (event.type !== 'BOOKMARK' && show(daemonSetStatus(event.object))) return
        }
        break
      }
      case 'StatefulSet': {
        const object = await connection.client.get(StatefulSet, { namespace, name })
        if (show(statefulSetStatus(object))) return
        const { resourceVersion } = object.metadata
        for await (const event of connection.client.watch(StatefulSet, {
          ...watch,
          ...(resourceVersion && { resourceVersion }),
        })) {
          if (event.type === 'DELETED') fail()
          if (event.type === 'ERROR') break
          if (event.type !== 'BOOKMARK' && show(statefulSetStatus(event.object))) return
        }
        break
      }
      default:
        throw noViewer(found)
    }
  }
}

async function statusNow(connection: Connection, found: Found, revision: number): Promise<RolloutStatus> {
  const { namespace, name } = found
  switch (found.kind.kind) {
    case 'Deployment':
      return deploymentStatus(await connection.client.get(Deployment, { namespace, name }), revision)
    case 'DaemonSet':
      return daemonSetStatus(await connection.client.get(DaemonSet, { namespace, name }))
    case 'StatefulSet':
      return statefulSetStatus(await connection.client.get(StatefulSet, { namespace, name }))
    default:
      throw noViewer(found)
  }
}

function noViewer({ kind }: Found): CommandError {
  const group = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
  return new CommandError(`no status viewer has been implemented for ${group}`)
}
