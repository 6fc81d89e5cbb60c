import { parseYAML } from '@wherry/apimachinery'
import { dryRunOf, writeQuery } from '../access/dry-run.ts'
import { type ManifestRequest, readManifests } from '../access/manifests.ts'
import { placeManifest } from '../access/targets.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { isKubeObject, unstructured } from '../objects/json.ts'
import { withLastApplied } from '../objects/last-applied.ts'
import type { OutputFlags } from '../printers/output.ts'
import { Reporter } from '../printers/report.ts'
import { openEditor } from './editor.ts'
import { editText, failureText, withoutComments } from './text.ts'

interface CreateEditedFlags extends OutputFlags {
  readonly 'dry-run': string
  readonly 'field-manager': string
  readonly 'save-config': boolean
  readonly validate: string
}

/** Lets the user edit each object of the files before it is created; opens the editor again with what the server refuses. */
export async function createWithEditor(
  context: Context,
  request: ManifestRequest,
  flags: CreateEditedFlags,
): Promise<void> {
  const connection = await context.connect()
  const dryRun = dryRunOf(context, flags['dry-run'])
  const reporter = new Reporter(context, flags, dryRun)
  const query = writeQuery({ dryRun, fieldManager: flags['field-manager'], validate: flags.validate })
  for (const { object, source } of await readManifests(request)) {
    const editor = await openEditor(context)
    try {
      let text = editText(object, 'yaml')
      for (;;) {
        const edited = await editor.edit(text)
        const body = withoutComments(edited)
        if (body.trim() === '') throw new CommandError('Edit cancelled, saved file was empty.')
        const [document] = parseYAML(body)
        if (!isKubeObject(document))
          throw new CommandError('The edited file failed validation: apiVersion and kind must be set')
        const placed = await placeManifest(connection, { object: unstructured(document), source })
        const sent = flags['save-config'] ? withLastApplied(placed.object) : placed.object
        try {
          const created =
            dryRun === 'client' ? sent : await connection.rest.create(placed.kind, placed.namespace, sent, query)
          await reporter.print(created, 'created')
          break
        } catch (error) {
          if (edited === text) throw error
          const failure = failureText(error, `${placed.kind.resource} ${JSON.stringify(placed.name)}`)
          text = `${editText({}, 'yaml', [failure]).split('{}')[0] ?? ''}${body}`
        }
      }
    } finally {
      await editor.end()
    }
  }
}
