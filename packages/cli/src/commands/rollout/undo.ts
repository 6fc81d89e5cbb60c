import { Deployment } from '@wherry/api'
import { deepEqual } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import { type DryRun, dryRunOf } from '../../access/dry-run.ts'
import type { Found } from '../../access/targets.ts'
import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { dryRunFlag, printFlags } from '../../flags/shared.ts'
import { dig, isObject, record } from '../../objects/json.ts'
import { lastAppliedAnnotation } from '../../objects/last-applied.ts'
import { Reporter } from '../../printers/report.ts'
import { type Revision, revisionAnnotation, revisionsOf, withoutHash } from '../../rollout/revisions.ts'
import { completeRollout, rolloutTargetFlags, visitWorkloads } from './shared.ts'

/** Annotations that belong to the deployment itself, or to its controller, and do not come back with a revision. */
const ownAnnotations = new Set([
  lastAppliedAnnotation,
  revisionAnnotation,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
])

export const rolloutUndoCommand = defineCommand({
  use: 'rollout undo (TYPE NAME | TYPE/NAME) [flags]',
  short: 'Undo a previous rollout',
  examples: `# Back to the revision before
$ rollout undo deployment/web

# Back to a certain one
$ rollout undo deployment/web --to-revision=3`,
  complete: completeRollout,
  flags: {
    ...printFlags,
    ...rolloutTargetFlags,
    ...dryRunFlag,
    'to-revision': { type: 'int', describe: 'The revision to go back to; 0 is the one before.' },
  },
  async run(context, { args, flags }) {
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    await visitWorkloads(context, args, flags, async (found, connection) => {
      if (found.object.metadata.annotations?.[lastAppliedAnnotation] !== undefined) {
        const { program } = context
        context.warn(
          `Warning: resource ${found.kind.resource}/${found.name} was previously managed with '${program} apply'. Rolling back will not update the ${lastAppliedAnnotation} annotation, which may cause unexpected behavior on future '${program} apply' operations. Consider using '${program} apply' with your previous configuration file instead.\n`,
        )
      }
      const skipped = await rollBack(connection, found, flags['to-revision'], dryRun, context.program)
      await reporter.print(found.object, skipped ?? 'rolled back')
    })
  },
})

/** Puts the workload back; says why not where there is nothing to do. Throws in kubectl's words. */
async function rollBack(
  connection: Connection,
  found: Found,
  to: number,
  dryRun: DryRun,
  program: string,
): Promise<string | undefined> {
  const { kind } = found.kind
  if (to < 0) throw new CommandError(`unable to find specified revision ${to} in history`)
  if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind)) {
    throw new CommandError(`no rollbacker has been implemented for "${kind}"`)
  }
  const revisions = await revisionsOf(connection, found)
  const query = dryRun === 'server' ? { dryRun: 'All' } : {}
  if (kind === 'Deployment') {
    const { namespace, name } = found
    const deployment = await connection.client.get(Deployment, { namespace, name })
    if (deployment.spec?.paused) {
      throw new CommandError(
        `cannot rollback a paused deployment; resume it first with '${program} rollout resume' and try again`,
      )
    }
    const target = chooseRevision(revisions, to, `no rollout history found for deployment ${JSON.stringify(name)}`)
    const template = withoutHash(target.template)
    if (deepEqual(template, withoutHash(dig(found.object, 'spec', 'template')))) return skipped(target)
    const own = Object.entries(found.object.metadata.annotations ?? {}).filter(([key]) => ownAnnotations.has(key))
    const kept = Object.entries(target.keeper.metadata.annotations ?? {}).filter(([key]) => !ownAnnotations.has(key))
    const patch = [
      { op: 'replace', path: '/spec/template', value: template },
      { op: 'replace', path: '/metadata/annotations', value: Object.fromEntries([...own, ...kept]) },
    ]
    if (dryRun !== 'client') await connection.rest.patch(found, 'json', patch, query)
    return undefined
  }
  const target = chooseRevision(revisions, to, 'no last revision to roll back to')
  if (deepEqual(record(target.template), record(dig(found.object, 'spec', 'template')))) return skipped(target)
  const data = target.keeper.data
  if (!isObject(data)) throw new CommandError(`revision ${target.number} holds no state`)
  if (dryRun !== 'client') await connection.rest.patch(found, 'strategic', data, query)
  return undefined
}

function skipped({ number }: Revision): string {
  return `skipped rollback (current template already matches revision ${number})`
}

function chooseRevision(revisions: readonly Revision[], to: number, nothing: string): Revision {
  if (revisions.length === 0) throw new CommandError(nothing)
  if (to > 0) {
    const found = revisions.find(({ number }) => number === to)
    if (!found) throw new CommandError(`unable to find specified revision ${to} in history`)
    return found
  }
  const before = revisions.at(-2)
  if (!before) throw new CommandError(nothing)
  return before
}
