import { formatTime, isConflict } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import { type Found, fetchTargets, resolveTargets } from '../../access/targets.ts'
import { type Command, defineCommand } from '../../command.ts'
import { completeNames } from '../../complete.ts'
import { CommandError, ErrorGatherer, UsageError } from '../../errors.ts'
import { fileFlags, printFlags } from '../../flags/shared.ts'
import { dig, list, type Unstructured } from '../../objects/json.ts'
import { Reporter } from '../../printers/report.ts'

interface Decision {
  verb: 'approve' | 'deny'
  done: 'approved' | 'denied'
  type: 'Approved' | 'Denied'
  /** Nobody is both. */
  not: 'Approved' | 'Denied'
  reason: string
  short: string
}

/** How often a decision is tried again on a request that others change meanwhile. */
const tries = 10

function decisionCommand(decision: Decision): Command {
  return defineCommand({
    use: `certificate ${decision.verb} (-f FILENAME | NAME)`,
    short: decision.short,
    examples: `# The request of a user
$ certificate ${decision.verb} alice`,
    complete: completeNames('certificatesigningrequests'),
    flags: {
      ...printFlags,
      ...fileFlags,
      force: { type: 'boolean', describe: 'Decide even where it has been decided so already.' },
    },
    async run(context, { args, flags }) {
      if (args.length === 0 && flags.filename.length === 0) {
        throw new UsageError('one or more CSRs must be specified as <name> or -f <filename>')
      }
      const reporter = new Reporter(context, flags, 'none')
      await reporter.check()
      const connection = await context.connect()
      const targets = await resolveTargets(context, connection, {
        args: args.map((name) => (name.includes('/') ? name : `certificatesigningrequests/${name}`)),
        filename: flags.filename,
        kustomize: flags.kustomize,
        recursive: flags.recursive,
      })
      const errors = new ErrorGatherer()
      const { found, errors: missing } = await fetchTargets(connection, targets)
      for (const request of found) {
        await errors.gather(async () => {
          const now = formatTime(context.clock.now())
          await reporter.print(await decide(connection, request, decision, flags.force, now), decision.done)
        })
      }
      for (const error of missing) {
        await errors.gather(() => {
          throw error
        })
      }
      errors.throwAll()
    },
  })
}

/** The request with the decision; tried again where somebody else changed it meanwhile. */
async function decide(
  { rest }: Connection,
  request: Found,
  decision: Decision,
  force: boolean,
  now: string,
): Promise<Unstructured> {
  let current = request.object
  for (let left = tries; ; left--) {
    const conditions = list(dig(current, 'status', 'conditions'))
    const has = (type: string) => conditions.some((condition) => dig(condition, 'type') === type)
    if (has(decision.not)) {
      throw new CommandError(`certificate signing request "${request.name}" is already ${decision.not}`)
    }
    if (has(decision.type) && !force) return current
    const added = {
      type: decision.type,
      status: 'True',
      reason: decision.reason,
      message: `This CSR was ${decision.done} by kubectl certificate ${decision.verb}.`,
      lastUpdateTime: now,
    }
    const others = conditions.filter((condition) => dig(condition, 'type') !== decision.type)
    const status = { ...Object(dig(current, 'status')), conditions: [...others, added] }
    try {
      return await rest.replace(request, { ...current, status }, {}, 'approval')
    } catch (error) {
      if (!isConflict(error) || left === 0) throw error
      current = await rest.get(request)
    }
  }
}

export const approveCommand = decisionCommand({
  verb: 'approve',
  done: 'approved',
  type: 'Approved',
  not: 'Denied',
  reason: 'KubectlApprove',
  short: 'Approve a certificate request',
})

export const denyCommand = decisionCommand({
  verb: 'deny',
  done: 'denied',
  type: 'Denied',
  not: 'Approved',
  reason: 'KubectlDeny',
  short: 'Deny a certificate request',
})
