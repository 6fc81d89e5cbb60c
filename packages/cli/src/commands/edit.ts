import {
  createThreeWayJSONMergePatch,
  createTwoWayMergePatch,
  deepEqual,
  isInvalid,
  isNotFound,
  parseYAML,
} from '@wherry/apimachinery'
import type { Connection } from '../access/connection.ts'
import { fieldValidation } from '../access/dry-run.ts'
import { fetchTargets, type Found, resolveTargets } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, messageOf, throwAll } from '../errors.ts'
import { openEditor } from '../edit/editor.ts'
import { editText, failureText, withoutComments } from '../edit/text.ts'
import { fieldManagerFlag, fileFlags, printFlags, saveConfigFlag, validateFlag } from '../flags/shared.ts'
import { isKubeObject, isObject, list, record, type Unstructured, unstructured } from '../objects/json.ts'
import { withLastApplied } from '../objects/last-applied.ts'
import { typeNameOf } from '../objects/type-name.ts'
import { withoutManagedFields } from '../printers/printer.ts'
import { Reporter } from '../printers/report.ts'

export const editCommand = defineCommand({
  use: 'edit (RESOURCE/NAME | -f FILENAME)',
  short: 'Edit a resource on the server',
  long: `Edit a resource on the server, in the editor that $KUBE_EDITOR or $EDITOR names.

 What has changed is sent as a patch. When the server refuses it, the editor opens again with the reasons.`,
  examples: `# A deployment
$ edit deployment/web

# As JSON
$ edit svc/web -o json`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...saveConfigFlag,
    ...validateFlag,
    ...fieldManagerFlag('kubectl-edit'),
    'output-patch': { type: 'boolean', describe: 'Print the patch.' },
    subresource: { type: 'string', describe: 'Edit this subresource of the object.' },
  },
  async run(context, { args, flags }) {
    const format = flags.output === '' || flags.output === 'yaml' ? 'yaml' : flags.output
    if (format !== 'yaml' && format !== 'json') throw new CommandError(`The flag 'output' must be one of yaml|json`)
    const connection = await context.connect()
    const targets = await resolveTargets(context, connection, {
      args,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      typesMeanAll: true,
    })
    const fetched = await fetchTargets(connection, targets)
    throwAll(fetched.errors)
    if (fetched.found.length === 0) throw new CommandError('edit cancelled, no objects found')
    const found =
      flags.subresource === '' ? fetched.found : await subresources(connection, fetched.found, flags.subresource)
    await editFound(context, connection, found, { ...flags, format })
  },
})

async function subresources(connection: Connection, found: readonly Found[], subresource: string): Promise<Found[]> {
  return Promise.all(
    found.map(async (target) => ({ ...target, object: await connection.rest.get(target, { subresource }) })),
  )
}

interface EditFlags {
  readonly format: 'yaml' | 'json'
  readonly 'field-manager': string
  readonly 'output-patch': boolean
  readonly 'save-config': boolean
  readonly 'show-managed-fields': boolean
  readonly subresource: string
  readonly validate: string
}

/** Shows the objects until what is saved can be sent, or nothing has changed. */
async function editFound(
  context: Context,
  connection: Connection,
  found: readonly Found[],
  flags: EditFlags,
): Promise<void> {
  const shown = found.map(({ object }) => (flags['show-managed-fields'] ? object : withoutManagedFields(object)))
  const [only] = shown
  const before: unknown = shown.length === 1 ? only : { apiVersion: 'v1', items: shown, kind: 'List', metadata: {} }
  const editor = await openEditor(context)
  const reporter = new Reporter(context, { output: '' }, 'none')
  let text = editText(before, flags.format)
  let failures: string[] = []
  let keep = false
  try {
    for (;;) {
      const edited = await editor.edit(text)
      const body = withoutComments(edited)
      if (body.trim() === '') {
        context.warn('Edit cancelled, saved file was empty.\n')
        return
      }
      if (edited === text) {
        if (failures.length === 0) {
          context.warn('Edit cancelled, no changes made.\n')
          return
        }
        keep = true
        throw new CommandError('Edit cancelled, no valid changes were saved.')
      }
      let after: Unstructured[]
      try {
        after = objectsIn(body)
      } catch (error) {
        failures = [`The edited file failed validation: ${messageOf(error)}`]
        text = reopened(body, failures)
        continue
      }
      if (deepEqual(after.map(record), shown.map(record))) {
        context.warn('Edit cancelled, no changes made.\n')
        return
      }
      failures = []
      for (const [at, target] of found.entries()) {
        const object = after[at]
        const original = shown[at]
        if (!object || !original) continue
        await saveOne(context, connection, target, original, object, flags, reporter).catch((error: unknown) => {
          const group = target.kind.group === '' ? '' : `.${target.kind.group}`
          const what = `${target.kind.resource}${group} ${JSON.stringify(target.name)}`
          if (!isInvalid(error) && !isNotFound(error) && !(error instanceof CommandError))
            context.warn(`error: ${what} could not be patched: ${messageOf(error)}\n`)
          else context.warn(`error: ${what} is invalid\n`)
          failures.push(failureText(error, what))
        })
      }
      if (failures.length === 0) return
      text = reopened(body, failures)
    }
  } finally {
    if (keep) context.print(`A copy of your changes has been stored to ${JSON.stringify(editor.path)}\n`)
    await editor.end(keep)
  }
}

/** The user's own text again, with the reasons above it. */
function reopened(body: string, failures: readonly string[]): string {
  const [head = ''] = editText({}, 'yaml', failures).split('{}')
  return `${head}${body}`
}

function objectsIn(body: string): Unstructured[] {
  return parseYAML(body)
    .filter((document) => document !== null && document !== undefined)
    .flatMap((document) =>
      isObject(document) && Array.isArray(document.items) && document.kind === 'List'
        ? list(document.items)
        : [document],
    )
    .map((document) => {
      if (!isKubeObject(document)) throw new Error('apiVersion and kind must be set')
      return unstructured(document)
    })
}

async function saveOne(
  context: Context,
  connection: Connection,
  target: Found,
  before: Unstructured,
  edited: Unstructured,
  flags: EditFlags,
  reporter: Reporter,
): Promise<void> {
  const after = flags['save-config'] ? withLastApplied(edited) : edited
  for (const [field, now, then] of [
    ['apiVersion', after.apiVersion, before.apiVersion],
    ['kind', after.kind, before.kind],
    ['metadata.name', after.metadata.name, before.metadata.name],
  ] as const) {
    if (now !== then) throw new CommandError(`At least one of apiVersion, kind and name was changed (${field})`)
  }
  const typeName = typeNameOf(target.kind)
  const patch =
    typeName === undefined
      ? createThreeWayJSONMergePatch(before, after, before)
      : createTwoWayMergePatch(before, after, typeName)
  if (Object.keys(record(patch)).length === 0) {
    await reporter.print(target.object, 'skipped')
    return
  }
  if (flags['output-patch']) context.print(`Patch: ${JSON.stringify(patch)}\n`)
  const query = { fieldManager: flags['field-manager'], fieldValidation: fieldValidation(flags.validate) }
  const type = typeName === undefined ? 'merge' : 'strategic'
  const saved = await connection.rest.patch(target, type, patch, query, flags.subresource || undefined)
  await reporter.print(saved, 'edited')
}
