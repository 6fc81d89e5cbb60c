import { formatTime } from '@wherry/apimachinery'
import type { Found } from '../../access/targets.ts'
import { type Command, defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import type { Context } from '../../context.ts'
import { fieldManagerFlag, printFlags } from '../../flags/shared.ts'
import { dig } from '../../objects/json.ts'
import { Reporter } from '../../printers/report.ts'
import { completeRollout, rolloutTargetFlags, visitWorkloads } from './shared.ts'

interface Change {
  verb: 'restart' | 'pause' | 'resume'
  short: string
  example: string
  done: string
  /** The patch that makes the change. Throws where it cannot be made. */
  patch(found: Found, context: Context): unknown
}

function changeCommand({ verb, short, example, done, patch }: Change): Command {
  return defineCommand({
    use: `rollout ${verb} RESOURCE`,
    short,
    examples: example,
    complete: completeRollout,
    flags: { ...printFlags, ...rolloutTargetFlags, ...fieldManagerFlag('kubectl-rollout') },
    async run(context, { args, flags }) {
      const reporter = new Reporter(context, flags, 'none')
      await reporter.check()
      const query = { fieldManager: flags['field-manager'] }
      await visitWorkloads(context, args, flags, async (found, connection) => {
        const after = await connection.rest.patch(found, 'strategic', patch(found, context), query)
        await reporter.print(after, done)
      })
    },
  })
}

function typed({ kind, name }: Found): string {
  return `${kind.resource}${kind.group === '' ? '' : `.${kind.group}`} ${JSON.stringify(name)}`
}

function isPaused({ object }: Found): boolean {
  return dig(object, 'spec', 'paused') === true
}

const restartable = new Set(['Deployment', 'DaemonSet', 'StatefulSet'])

export const rolloutRestartCommand = changeCommand({
  verb: 'restart',
  short: 'Restart a resource',
  example: '# Replace the pods of a deployment, a few at a time\n$ rollout restart deployment/web',
  done: 'restarted',
  patch(found, context) {
    if (!restartable.has(found.kind.kind)) {
      throw new CommandError(`${typed(found)} restarting is not supported`)
    }
    if (isPaused(found))
      throw new CommandError(`${typed(found)} can't restart paused deployment (run rollout resume first)`)
    const restartedAt = formatTime(context.clock.now())
    return { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': restartedAt } } } } }
  },
})

export const rolloutPauseCommand = changeCommand({
  verb: 'pause',
  short: 'Mark the provided resource as paused',
  example: '# No rollout until resumed\n$ rollout pause deployment/web',
  done: 'paused',
  patch(found) {
    if (found.kind.kind !== 'Deployment') throw new CommandError(`${typed(found)} pausing is not supported`)
    if (isPaused(found)) throw new CommandError(`${typed(found)} is already paused`)
    return { spec: { paused: true } }
  },
})

export const rolloutResumeCommand = changeCommand({
  verb: 'resume',
  short: 'Resume a paused resource',
  example: '# Roll out what has gathered\n$ rollout resume deployment/web',
  done: 'resumed',
  patch(found) {
    if (found.kind.kind !== 'Deployment') throw new CommandError(`${typed(found)} resuming is not supported`)
    if (!isPaused(found)) throw new CommandError(`${typed(found)} is not paused`)
    return { spec: { paused: null } }
  },
})
