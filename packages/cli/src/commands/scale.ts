import { isConflict } from '@wherry/apimachinery'
import { sleep } from '@wherry/component-base'
import { dryRunOf } from '../access/dry-run.ts'
import { type Found, visitTargets } from '../access/targets.ts'
import type { Connection } from '../access/connection.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { dryRunFlag, fileFlags, printFlags, selectorFlag } from '../flags/shared.ts'
import { dig, number } from '../objects/json.ts'
import { Reporter } from '../printers/report.ts'

const pollMs = 100

export const scaleCommand = defineCommand({
  use: 'scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)',
  short: 'Set the number of replicas of a deployment, replica set or the like',
  examples: `# Three replicas
$ scale --replicas=3 deployment/web

# Only if there are two now
$ scale --current-replicas=2 --replicas=3 deployment/web

# Several at once
$ scale --replicas=5 deployment/web deployment/api`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...selectorFlag,
    ...dryRunFlag,
    all: { type: 'boolean', describe: 'All objects of the types in the namespace.' },
    'current-replicas': {
      type: 'int',
      default: '-1',
      describe: 'Only scale when there are this many; -1 for any number.',
    },
    replicas: { type: 'int', required: true, describe: 'The new number of replicas.' },
    'resource-version': { type: 'string', describe: 'Only scale the object in this version.' },
    timeout: { type: 'duration', describe: 'How long to wait until the new size is reached; 0 does not wait.' },
  },
  async run(context, { args, flags }) {
    if (flags.replicas < 0) {
      throw new CommandError(`The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0`)
    }
    if (flags['current-replicas'] < -1)
      throw new CommandError(`The --current-replicas must specify an integer of -1 or greater`)
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    await reporter.check()
    const request = {
      args,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      selector: flags.selector,
      all: flags.all,
    }
    const count = await visitTargets(context, request, async (found, connection) => {
      if (dryRun === 'client') {
        await reporter.print(found.object, 'scaled')
        return
      }
      await scaleOne(connection, found, flags, dryRun === 'server')
      if (flags.timeout > 0) await waitForSize(context, connection, found, flags.replicas, flags.timeout)
      const shown = flags.output === '' || flags.output === 'name' ? found.object : await connection.rest.get(found)
      await reporter.print(shown, 'scaled')
    })
    if (count === 0) throw new CommandError('no objects passed to scale')
  },
})

interface ScaleFlags {
  readonly replicas: number
  readonly 'current-replicas': number
  readonly 'resource-version': string
}

async function scaleOne(connection: Connection, found: Found, flags: ScaleFlags, dryRun: boolean): Promise<void> {
  const query = dryRun ? { dryRun: 'All' } : {}
  const { replicas, 'current-replicas': current, 'resource-version': version } = flags
  if (current === -1 && version === '') {
    await connection.rest.patch(found, 'merge', { spec: { replicas } }, query, 'scale')
    return
  }
  for (let attempt = 0; ; attempt++) {
    const scale = await connection.rest.get(found, { subresource: 'scale' })
    const now = number(dig(scale, 'spec', 'replicas'))
    if (current !== -1 && now !== current) {
      throw new CommandError(`Expected replicas to be ${current}, was ${now}`)
    }
    if (version !== '' && scale.metadata.resourceVersion !== version) {
      throw new CommandError(`Expected resource version to be ${version}, was ${scale.metadata.resourceVersion}`)
    }
    try {
      await connection.rest.replace(found, { ...scale, spec: { replicas } }, query, 'scale')
      return
    } catch (error) {
      if (!isConflict(error) || attempt >= 5) throw error
    }
  }
}

async function waitForSize(
  context: Context,
  connection: Connection,
  found: Found,
  replicas: number,
  timeoutMs: number,
): Promise<void> {
  const end = context.clock.now() + timeoutMs
  for (;;) {
    const scale = await connection.rest.get(found, { subresource: 'scale' })
    if (number(dig(scale, 'status', 'replicas')) === replicas) return
    if (context.clock.now() >= end) throw new CommandError('timed out waiting for the condition')
    await sleep(context.clock, pollMs, context.signal)
  }
}
