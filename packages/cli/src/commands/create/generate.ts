import type { Kind } from '@wherry/api'
import { dryRunOf, writeQuery } from '../../access/dry-run.ts'
import type { Context } from '../../context.ts'
import { CommandError, messageOf, UsageError } from '../../errors.ts'
import type { FlagSet, FlagValues } from '../../flags/flags.ts'
import { dryRunFlag, fieldManagerFlag, printFlags, saveConfigFlag, validateFlag } from '../../flags/shared.ts'
import { type Unstructured, unstructured } from '../../objects/json.ts'
import { withMadeConfiguration } from '../../objects/last-applied.ts'
import { Reporter } from '../../printers/report.ts'

/** The flags that every generator of objects takes. */
export const generatorFlags = {
  ...printFlags,
  ...dryRunFlag,
  ...validateFlag,
  ...saveConfigFlag,
  ...fieldManagerFlag('kubectl-create'),
} as const satisfies FlagSet

export type GeneratorFlags = FlagValues<typeof generatorFlags>

/** The one argument of a generator: the name of the new object. */
export function nameArgument(args: readonly string[], dash = -1): string {
  const own = dash === -1 ? args : args.slice(0, dash)
  const [name] = own
  if (name === undefined || own.length !== 1) throw new UsageError(`exactly one NAME is required, got ${own.length}`)
  return name
}

/** The metadata of a new object, with the namespace if the user named one. */
export function newMeta(context: Context, kind: Kind, name: string, labels?: Record<string, string>) {
  return {
    name,
    ...(kind.namespaced && context.globalChanged('namespace') && { namespace: context.globals.namespace }),
    ...(labels && { labels }),
  }
}

/**
 * Creates a generated object, or only shows it under --dry-run=client, and prints it. A refusal is told after `failure`,
 * such as `failed to create deployment: `; without one it is thrown as it came.
 */
export async function createGenerated(
  context: Context,
  kind: Kind,
  object: object,
  flags: GeneratorFlags,
  failure?: string,
): Promise<void> {
  const dryRun = dryRunOf(context, flags['dry-run'])
  const reporter = new Reporter(context, flags, dryRun, 'keep')
  await reporter.check()
  const plain: Unstructured = unstructured(object)
  const query = writeQuery({ dryRun, fieldManager: flags['field-manager'], validate: flags.validate })
  const sent = flags['save-config'] ? withMadeConfiguration(plain) : plain
  if (dryRun === 'client') {
    await reporter.print(sent, 'created')
    return
  }
  const connection = await context.connect()
  try {
    const created = await connection.rest.create(kind, kind.namespaced ? connection.namespace : '', sent, query)
    await reporter.print(created, 'created')
  } catch (error) {
    if (failure === undefined) throw error
    throw new CommandError(failure + messageOf(error), { cause: error })
  }
}
