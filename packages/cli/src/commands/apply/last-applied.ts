import { isNotFound, parseYAML, toYAML } from '@wherry/apimachinery'
import { dryRunOf } from '../../access/dry-run.ts'
import { readManifests } from '../../access/manifests.ts'
import { type Found, placeManifest, visitTargets } from '../../access/targets.ts'
import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import { CommandError, PlainError } from '../../errors.ts'
import { openEditor } from '../../edit/editor.ts'
import { editText, withoutComments } from '../../edit/text.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, printFlags, selectorFlag } from '../../flags/shared.ts'
import { isKubeObject, sortKeys, unstructured } from '../../objects/json.ts'
import { lastAppliedAnnotation, lastAppliedText } from '../../objects/last-applied.ts'
import { goJSON } from '../../printers/json.ts'
import { Reporter } from '../../printers/report.ts'

/** The configuration in the annotation. Throws in kubectl's words where there is none. */
function configurationOf({ object, kind, name }: Found): unknown {
  const annotation = object.metadata.annotations?.[lastAppliedAnnotation]
  if (annotation === undefined) {
    throw new CommandError(`no last-applied-configuration annotation found on resource: ${name}`)
  }
  const configuration: unknown = JSON.parse(annotation)
  if (!isKubeObject(configuration)) throw new CommandError(`the annotation of ${kind.resource} ${name} is no object`)
  return configuration
}

export const viewLastAppliedCommand = defineCommand({
  use: 'apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)',
  short: 'Show the configuration that was last applied',
  examples: '# Of a deployment\n$ apply view-last-applied deployment/web',
  complete: completeResources,
  flags: {
    ...fileFlags,
    ...selectorFlag,
    all: { type: 'boolean', describe: 'All objects of the types in the namespace.' },
    output: { type: 'string', short: 'o', default: 'yaml', describe: 'Output format: yaml or json.' },
  },
  async run(context, { args, flags }) {
    if (flags.output !== 'yaml' && flags.output !== 'json') {
      throw new CommandError(`Unexpected -o output mode: ${flags.output}, the flag 'output' must be one of yaml|json`)
    }
    const { filename, kustomize, recursive, selector, all } = flags
    await visitTargets(context, { args, filename, kustomize, recursive, selector, all }, async (found) => {
      const configuration = configurationOf(found)
      context.print(
        flags.output === 'json' ? `${goJSON(sortKeys(configuration), 2)}\n` : toYAML(sortKeys(configuration)),
      )
    })
  },
})

export const setLastAppliedCommand = defineCommand({
  use: 'apply set-last-applied -f FILENAME',
  short: 'Make a file the configuration that was last applied, without other changes',
  examples: '# From a file\n$ apply set-last-applied -f web.yaml',
  flags: {
    ...printFlags,
    ...dryRunFlag,
    'create-annotation': { type: 'boolean', describe: 'Also for objects that have no such annotation yet.' },
    filename: fileFlags.filename,
  },
  async run(context, { flags }) {
    if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    const connection = await context.connect()
    const request = { filenames: flags.filename, recursive: false, cwd: context.cwd, stdin: () => context.stdin }
    for (const manifest of await readManifests(request)) {
      const placed = await placeManifest(connection, manifest)
      const live = await connection.rest.get(placed).catch((error: unknown) => {
        if (isNotFound(error)) throw new PlainError(`error: no matching resources found for ${placed.name}`)
        throw error
      })
      const annotation = live.metadata.annotations?.[lastAppliedAnnotation]
      if (annotation === undefined && !flags['create-annotation']) {
        throw new CommandError(
          `no last-applied-configuration annotation found on resource: ${placed.name}, to create the annotation, run the command with --create-annotation`,
        )
      }
      const text = lastAppliedText(placed.object)
      const patch = { metadata: { annotations: { [lastAppliedAnnotation]: text } } }
      const query = dryRun === 'server' ? { dryRun: 'All' } : {}
      const after =
        dryRun === 'client' || annotation === text ? live : await connection.rest.patch(placed, 'merge', patch, query)
      await reporter.print(after, 'configured')
    }
  },
})

export const editLastAppliedCommand = defineCommand({
  use: 'apply edit-last-applied (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit the configuration that was last applied',
  examples: '# Of a deployment\n$ apply edit-last-applied deployment/web',
  complete: completeResources,
  flags: { ...printFlags, ...fileFlags, ...fieldManagerFlag('kubectl-client-side-apply') },
  async run(context, { args, flags }) {
    const { filename, kustomize, recursive } = flags
    const reporter = new Reporter(context, { output: '' }, 'none')
    await visitTargets(context, { args, filename, kustomize, recursive }, async (found, connection) => {
      const editor = await openEditor(context)
      try {
        const text = editText(configurationOf(found), 'yaml')
        const edited = await editor.edit(text)
        const [document] = parseYAML(withoutComments(edited))
        if (edited === text || document === undefined || document === null) {
          context.warn('Edit cancelled, no changes made.\n')
          return
        }
        if (!isKubeObject(document))
          throw new CommandError('The edited file failed validation: apiVersion and kind must be set')
        const annotations = { [lastAppliedAnnotation]: lastAppliedText(unstructured(document)) }
        const query = { fieldManager: flags['field-manager'] }
        const saved = await connection.rest.patch(found, 'merge', { metadata: { annotations } }, query)
        await reporter.print(saved, 'edited')
      } finally {
        await editor.end()
      }
    })
  },
})
