import { dryRunOf } from '../access/dry-run.ts'
import { type Command, defineCommand } from '../command.ts'
import { completeNames } from '../complete.ts'
import { UsageError } from '../errors.ts'
import { dryRunFlag, selectorFlag } from '../flags/shared.ts'
import { cordonNode, nodesFor } from '../nodes/cordon.ts'

function cordonVerb(verb: 'cordon' | 'uncordon', short: string, example: string): Command {
  return defineCommand({
    use: `${verb} NODE`,
    short,
    examples: example,
    complete: completeNames('nodes'),
    flags: { ...dryRunFlag, ...selectorFlag },
    async run(context, { args, flags }) {
      if (args.length === 0 && flags.selector === '') {
        throw new UsageError(`USAGE: ${verb} NODE [flags]`)
      }
      if (args.length > 0 && flags.selector !== '')
        throw new UsageError(`cannot specify both a node name and a --selector option`)
      const dryRun = dryRunOf(context, flags['dry-run'])
      await nodesFor(context, args, flags.selector, (found, connection) =>
        cordonNode(context, connection, found, verb === 'cordon', dryRun),
      )
    },
  })
}

export const cordonCommand = cordonVerb(
  'cordon',
  'Mark nodes as unschedulable',
  '# No new pods on a node\n$ cordon one',
)

export const uncordonCommand = cordonVerb(
  'uncordon',
  'Mark nodes as schedulable',
  '# New pods on a node again\n$ uncordon one',
)
