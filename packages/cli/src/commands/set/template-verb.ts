import { createTwoWayMergePatch } from '@wherry/apimachinery'
import { dryRunOf } from '../../access/dry-run.ts'
import { localObjects } from '../../access/local.ts'
import { type Found, fetchTargets, resolveTargets } from '../../access/targets.ts'
import type { Context } from '../../context.ts'
import { CommandError, ErrorGatherer, PlainError } from '../../errors.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, printFlags, selectorFlag } from '../../flags/shared.ts'
import type { FlagSet, FlagValues } from '../../flags/flags.ts'
import { isObject, type Unstructured } from '../../objects/json.ts'
import { typeNameOf } from '../../objects/type-name.ts'
import { Reporter } from '../../printers/report.ts'

/** The flags of every `set` verb. */
export const setFlags = {
  ...printFlags,
  ...fileFlags,
  ...selectorFlag,
  ...dryRunFlag,
  ...fieldManagerFlag('kubectl-set'),
  all: { type: 'boolean', describe: 'All objects of the types in the namespace.' },
  local: { type: 'boolean', describe: 'Change only what is given, without asking the server.' },
} as const satisfies FlagSet

export type SetFlags = FlagValues<typeof setFlags>

/**
 * Changes copies of the objects that are named and sends what has changed as a patch. `change` works on the copy. An object that
 * stays as it was is passed over without a word.
 */
export async function changeObjects(
  context: Context,
  resources: readonly string[],
  flags: SetFlags,
  operation: string,
  change: (object: Unstructured) => void | Promise<void>,
): Promise<void> {
  const dryRun = dryRunOf(context, flags['dry-run'])
  if (flags.local && dryRun === 'server')
    throw new CommandError('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
  const reporter = new Reporter(context, flags, dryRun)
  await reporter.check()
  const errors = new ErrorGatherer()
  const found = flags.local ? await localObjects(context, flags) : await onServer()
  for (const target of found) {
    await errors.gather(async () => {
      const after = structuredClone(target.object)
      try {
        await change(after)
      } catch (error) {
        if (!(error instanceof CommandError)) throw error
        const group = target.kind.group === '' ? '' : `.${target.kind.group}`
        throw new PlainError(`error: ${target.kind.resource}${group}/${target.name} ${error.message}\n`, {
          cause: error,
        })
      }
      const patch = createTwoWayMergePatch(target.object, after, typeNameOf(target.kind) ?? '')
      if (isObject(patch) && Object.keys(patch).length === 0) return
      if (flags.local || dryRun === 'client') return reporter.print(after, operation)
      const { rest } = await context.connect()
      const query = { fieldManager: flags['field-manager'], ...(dryRun === 'server' && { dryRun: 'All' }) }
      return reporter.print(await rest.patch(target, 'strategic', patch, query), operation)
    })
  }
  errors.throwAll()

  async function onServer(): Promise<Found[]> {
    const connection = await context.connect()
    const targets = await resolveTargets(context, connection, {
      args: resources,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      selector: flags.selector,
      all: flags.all,
    })
    const fetched = await fetchTargets(connection, targets)
    errors.errors.push(...fetched.errors)
    return fetched.found
  }
}

/** What is wrong with the request rather than with one object: said without the object's name before it. */
export class NotInObject extends Error {
  override readonly name = 'NotInObject'
}
