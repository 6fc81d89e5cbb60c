import { defineCommand } from '../../command.ts'
import { describePodTemplate } from '../../describe/pod-template.ts'
import { Lines } from '../../describe/lines.ts'
import { CommandError } from '../../errors.ts'
import { printFlags } from '../../flags/shared.ts'
import { unstructured } from '../../objects/json.ts'
import { elasticTabs } from '../../printers/tab-writer.ts'
import { newPrinter } from '../../printers/output.ts'
import { type Revision, revisionsOf } from '../../rollout/revisions.ts'
import { completeRollout, rolloutTargetFlags, visitWorkloads } from './shared.ts'

export const rolloutHistoryCommand = defineCommand({
  use: 'rollout history (TYPE NAME | TYPE/NAME) [flags]',
  short: 'View rollout history',
  examples: `# All revisions
$ rollout history deployment/web

# One of them
$ rollout history deployment/web --revision=3`,
  complete: completeRollout,
  flags: {
    ...printFlags,
    ...rolloutTargetFlags,
    revision: { type: 'int', describe: 'Show this revision, with its pod template.' },
  },
  async run(context, { args, flags }) {
    if (flags.revision < 0) throw new CommandError(`revision must be a positive integer: ${flags.revision}`)
    await visitWorkloads(context, args, flags, async (found, connection) => {
      if (!['Deployment', 'DaemonSet', 'StatefulSet'].includes(found.kind.kind)) {
        throw new CommandError(`no history viewer has been implemented for ${JSON.stringify(found.kind.kind)}`)
      }
      const revisions = await revisionsOf(connection, found)
      if (flags.output !== '') {
        const printer = await newPrinter({ flags, write: (text) => context.print(text), order: 'sorted' })
        const shown = flags.revision > 0 ? [pick(revisions, flags.revision)] : revisions
        for (const { keeper } of shown) printer.print(unstructured(keeper))
        return
      }
      const group = found.kind.group === '' ? '' : `.${found.kind.group}`
      const name = `${found.kind.kind.toLowerCase()}${group}/${found.name}`
      if (flags.revision > 0) {
        const text = revisions.length === 0 ? historyText(revisions) : templateText(pick(revisions, flags.revision))
        context.print(`${name} with revision #${flags.revision}\n${text}\n`)
      } else context.print(`${name} \n${historyText(revisions)}\n`)
    })
  },
})

function pick(revisions: readonly Revision[], number: number): Revision {
  const found = revisions.find((revision) => revision.number === number)
  if (!found) throw new CommandError('unable to find the specified revision')
  return found
}

/** The revisions in columns. */
export function historyText(revisions: readonly Revision[]): string {
  if (revisions.length === 0) return 'No rollout history found.'
  const rows = revisions.map(({ number, cause }) => `${number}\t${cause === '' ? '<none>' : cause}`)
  return elasticTabs(`REVISION\tCHANGE-CAUSE\n${rows.join('\n')}\n`)
}

function templateText({ template }: Revision): string {
  // As kubectl, which does not line this up.
  const lines = new Lines()
  describePodTemplate(lines, template ?? {})
  return lines.raw()
}
