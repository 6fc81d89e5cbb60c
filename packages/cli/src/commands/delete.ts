import { isNotFound } from '@wherry/apimachinery'
import { aWeekMs, type Doomed, waitForDeletion } from '../access/deletion.ts'
import { type DryRun, dryRunOf, operationOf } from '../access/dry-run.ts'
import { fetchTargets, resolveTargets, type Target } from '../access/targets.ts'
import type { Connection } from '../access/connection.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import { withSource } from '../error-source.ts'
import { CommandError, ErrorGatherer } from '../errors.ts'
import {
  allNamespacesFlag,
  deleteFlags,
  dryRunFlag,
  fieldSelectorFlag,
  fileFlags,
  selectorFlag,
} from '../flags/shared.ts'
import { dig, text } from '../objects/json.ts'

/** `background` and the like as the API names it. */
export function propagation(cascade: string): string {
  switch (cascade) {
    case 'background':
    case 'true':
      return 'Background'
    case 'foreground':
      return 'Foreground'
    case 'orphan':
    case 'false':
      return 'Orphan'
    default:
      throw new CommandError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`)
  }
}

export const deleteCommand = defineCommand({
  use: 'delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)])',
  short: 'Delete resources by files, standard input, names or label selector',
  long: `Delete resources by files, standard input, names or label selector.

 Pods get their grace period to end in order, unless --now or --grace-period says otherwise. With --wait=false the command
 does not wait until the objects are gone.`,
  examples: `# What a file describes
$ delete -f web.yaml

# By name
$ delete pod/web-0 svc/web

# By label
$ delete pods,services -l app=web

# All pods of the namespace
$ delete pods --all

# At once
$ delete pod web-0 --now`,
  complete: completeResources,
  flags: {
    ...fileFlags,
    ...selectorFlag,
    ...fieldSelectorFlag,
    ...allNamespacesFlag,
    ...dryRunFlag,
    ...deleteFlags,
    all: { type: 'boolean', describe: 'Delete all objects of the types in the namespace.' },
    'ignore-not-found': { type: 'boolean', describe: 'Count objects that are not there as deleted.' },
    interactive: { type: 'boolean', short: 'i', describe: 'Ask before deleting.' },
    now: { type: 'boolean', describe: 'Let resources end at once (the same as --grace-period=1).' },
    output: { type: 'string', short: 'o', describe: 'Output mode; name prints type/name only.' },
    raw: { type: 'string', describe: 'A path to send the deletion to.' },
    wait: { type: 'boolean', default: 'true', describe: 'Wait until the objects are gone, finalizers included.' },
  },
  async run(context, { args, flags, changed }) {
    if (flags.output !== '' && flags.output !== 'name') {
      throw new CommandError(`unexpected -o output mode: ${flags.output}. We only support '-o name'`)
    }
    const connection = await context.connect()
    if (flags.raw !== '') {
      const { body } = await connection.rest.send('DELETE', flags.raw)
      context.print(body.toString('utf8'))
      return
    }
    const grace = gracePeriod(flags, changed('grace-period'))
    const dryRun = dryRunOf(context, flags['dry-run'])
    const propagationPolicy = propagation(flags.cascade)
    if (flags.all && flags.selector !== '')
      throw new CommandError("setting 'all' parameter but found a non empty selector. ")
    const targets = await resolveTargets(context, connection, {
      args,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      selector: flags.selector,
      fieldSelector: flags['field-selector'],
      allNamespaces: flags['all-namespaces'],
      all: flags.all,
    })
    if (grace === 0) {
      context.warn(
        'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
      )
    }
    if (connection.namespaceGiven && targets.some(({ kind }) => !kind.namespaced)) {
      context.warn('Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n')
    }
    const listed = targets.some(({ form }) => form === 'list')
    const errors = new ErrorGatherer()
    const doomed = await refs(connection, targets, errors)
    const body = {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      propagationPolicy,
      ...(grace >= 0 && { gracePeriodSeconds: grace }),
      ...(dryRun === 'server' && { dryRun: ['All'] }),
    }
    if (flags.interactive && !(await confirm(context, doomed))) {
      context.print('deletion is cancelled\n')
      return
    }
    const deleted: Doomed[] = []
    for (const ref of doomed) {
      await errors.gather(async () => {
        const uid = await deleteOne(connection, ref, body, dryRun, flags['ignore-not-found'] || flags.all)
        if (uid === false) return
        deleted.push({ ...ref, uid })
        context.print(deletedLine(ref, flags.output, grace, dryRun))
      })
    }
    if (listed && doomed.length === 0 && errors.errors.length === 0) context.print('No resources found\n')
    errors.throwAll()
    if (!flags.wait || dryRun !== 'none') return
    await waitForDeletion(context, connection, deleted, flags.timeout || aWeekMs)
  },
})

function gracePeriod(
  flags: { readonly now: boolean; readonly force: boolean; readonly 'grace-period': number },
  given: boolean,
): number {
  const grace = flags['grace-period']
  if (flags.now) {
    if (given && grace >= 0) throw new CommandError('--now and --grace-period cannot be specified together')
    return 1
  }
  if (grace === 0 && !flags.force) return 1
  if (flags.force) {
    if (grace > 0) throw new CommandError('--force and --grace-period greater than 0 cannot be specified together')
    return 0
  }
  return grace
}

/** An object to delete, and the file that named it. */
type Named = Doomed & { source?: string }

async function refs(connection: Connection, targets: readonly Target[], errors: ErrorGatherer): Promise<Named[]> {
  const found: Named[] = []
  for (const target of targets) {
    if (target.form === 'object') {
      const { kind, namespace, name, source } = target
      found.push({ kind, namespace, name, ...(source !== undefined && { source }) })
    } else {
      const listed = await fetchTargets(connection, [target])
      errors.errors.push(...listed.errors)
      found.push(...listed.found.map(({ kind, namespace, name }) => ({ kind, namespace, name })))
    }
  }
  return found
}

/** The uid of the object that is going; false where it was not there and that is fine. */
async function deleteOne(
  connection: Connection,
  ref: Named,
  body: unknown,
  dryRun: DryRun,
  ignoreMissing: boolean,
): Promise<string | undefined | false> {
  try {
    if (dryRun === 'client') return (await connection.rest.get(ref)).metadata.uid
    const answer = await connection.rest.delete(ref, body)
    const uid = answer.kind === 'Status' ? dig(answer, 'details', 'uid') : answer.metadata.uid
    return text(uid) || undefined
  } catch (error) {
    if (ignoreMissing && isNotFound(error)) return false
    if (ref.source !== undefined) return withSource('deleting', ref.source)(error)
    throw error
  }
}

function deletedLine({ kind, namespace, name }: Doomed, output: string, grace: number, dryRun: DryRun): string {
  const type = kind.kind.toLowerCase() + (kind.group === '' ? '' : `.${kind.group}`)
  if (output === 'name') return `${type}/${name}\n`
  const from = namespace === '' ? '' : ` from ${namespace} namespace`
  return `${type} "${name}" ${operationOf(`${grace === 0 ? 'force deleted' : 'deleted'}${from}`, dryRun)}\n`
}

async function confirm(context: Parameters<typeof waitForDeletion>[0], doomed: readonly Doomed[]): Promise<boolean> {
  context.print('You are about to delete the following ')
  context.print(`${doomed.length} resource(s):\n`)
  for (const { kind, name } of doomed)
    context.print(`${kind.resource}${kind.group === '' ? '' : `.${kind.group}`}/${name}\n`)
  context.print('Do you want to continue? (y/N): ')
  for await (const chunk of context.stdin) return /^y(es)?\s*$/i.test(String(chunk))
  return false
}
