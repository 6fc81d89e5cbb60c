import { dryRunOf } from '../../access/dry-run.ts'
import { readManifests } from '../../access/manifests.ts'
import { placeManifest, refuseKustomize } from '../../access/targets.ts'
import { defineCommand, defineGroup } from '../../command.ts'
import { CommandError, ErrorGatherer, UsageError } from '../../errors.ts'
import {
  deleteFlags,
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  printFlags,
  selectorFlag,
  validateFlag,
} from '../../flags/shared.ts'
import { stringMap } from '../../objects/json.ts'
import { ApplyReporter } from './report.ts'
import { applyClientSide } from './client-side.ts'
import { applyServerSide } from './server-side.ts'

const applyFiles = defineCommand({
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration from a file or standard input',
  flags: {
    ...printFlags,
    ...fileFlags,
    ...selectorFlag,
    ...dryRunFlag,
    ...validateFlag,
    ...deleteFlags,
    ...fieldManagerFlag('kubectl-client-side-apply'),
    all: { type: 'boolean', describe: 'With --prune: of all resources.' },
    'force-conflicts': { type: 'boolean', describe: 'With --server-side: take over fields that others manage.' },
    'openapi-patch': { type: 'boolean', default: 'true', hidden: true, describe: 'Kept for scripts; has no effect.' },
    overwrite: { type: 'boolean', default: 'true', describe: 'Let the configuration win over changes made elsewhere.' },
    prune: { type: 'boolean', describe: 'Delete what the configuration no longer has (not supported).' },
    'server-side': { type: 'boolean', describe: 'Let the server merge the configuration.' },
    subresource: { type: 'string', describe: 'With --server-side: apply to this subresource.' },
    wait: { type: 'boolean', describe: 'With --force: wait until the old object is gone.' },
  },
  async run(context, { args, flags, changed }) {
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
    refuseKustomize(flags.kustomize)
    if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
    if (flags.prune)
      throw new CommandError('--prune is not supported; delete what is no longer wanted by its label: delete -l')
    const serverSide = flags['server-side']
    if (flags['force-conflicts'] && !serverSide) {
      throw new CommandError('--force-conflicts only works with --server-side')
    }
    if (flags.subresource !== '' && !serverSide)
      throw new CommandError('--subresource can only be specified for --server-side')
    const dryRun = dryRunOf(context, flags['dry-run'])
    if (dryRun === 'client' && serverSide) {
      throw new CommandError(
        "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
      )
    }
    if (flags.force && serverSide) throw new CommandError('--force cannot be used with --server-side')
    const connection = await context.connect()
    const reporter = new ApplyReporter(context, flags, dryRun)
    const { parseLabelSelector } = await import('@wherry/apimachinery')
    const matcher = parseLabelSelector(flags.selector)
    const manifests = await readManifests({
      filenames: flags.filename,
      recursive: flags.recursive,
      cwd: context.cwd,
      stdin: () => context.stdin,
    })
    const errors = new ErrorGatherer()
    let count = 0
    for (const manifest of manifests) {
      if (!matcher.matches(stringMap(manifest.object.metadata.labels))) continue
      await errors.gather(async () => {
        const placed = await placeManifest(connection, manifest)
        count++
        if (!serverSide) return applyClientSide({ context, connection, placed, flags, dryRun, reporter })
        const manager = changed('field-manager') ? flags['field-manager'] : 'kubectl'
        return applyServerSide({ context, connection, placed, flags, manager, dryRun, reporter })
      })
    }
    if (count === 0 && errors.errors.length === 0) throw new CommandError('no objects passed to apply')
    await reporter.finish()
    errors.throwAll()
    connection.rest.checkWarnings()
  },
})

export const applyCommand = defineGroup({
  use: 'apply (-f FILENAME | -k DIRECTORY)',
  short: 'Apply a configuration from a file or standard input',
  long: `Apply a configuration from a file or standard input.

 What is not there is created. What is there is changed to what the configuration says; fields that an earlier configuration
 had and this one has not are removed, and what others have set stays. JSON and YAML are accepted.`,
  examples: `# From a file
$ apply -f web.yaml

# From every file of a directory
$ apply -f manifests/

# From standard input
cat web.yaml | wherry apply -f -

# Let the server merge
$ apply --server-side -f web.yaml`,
  own: applyFiles,
  commands: {
    'edit-last-applied': {
      short: 'Edit the configuration that was last applied',
      load: async () => (await import('./last-applied.ts')).editLastAppliedCommand,
    },
    'set-last-applied': {
      short: 'Make a file the configuration that was last applied, without other changes',
      load: async () => (await import('./last-applied.ts')).setLastAppliedCommand,
    },
    'view-last-applied': {
      short: 'Show the configuration that was last applied',
      load: async () => (await import('./last-applied.ts')).viewLastAppliedCommand,
    },
  },
})
