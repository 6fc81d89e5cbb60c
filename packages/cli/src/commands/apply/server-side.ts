import { findStatusError, isConflict } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import { type DryRun, writeQuery } from '../../access/dry-run.ts'
import { CommandError } from '../../errors.ts'
import { withSource } from '../../error-source.ts'
import type { Context } from '../../context.ts'
import type { Unstructured } from '../../objects/json.ts'
import type { Placed } from './client-side.ts'
import { messageOf, migrate } from './migration.ts'
import type { ApplyReporter } from './report.ts'

export interface ServerSideRequest {
  context: Context
  connection: Connection
  placed: Placed
  flags: { readonly 'force-conflicts': boolean; readonly validate: string; readonly subresource: string }
  manager: string
  dryRun: DryRun
  reporter: ApplyReporter
}

const advice = `Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the \`--force-conflicts\` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts`

/** Hands the configuration to the server, which merges it and keeps account of who manages which field. */
export async function applyServerSide(request: ServerSideRequest): Promise<void> {
  const { context, connection, placed, flags, manager, dryRun, reporter } = request
  const query = {
    ...writeQuery({ dryRun, fieldManager: manager, validate: flags.validate }),
    force: flags['force-conflicts'],
  }
  const { managedFields: _none, ...metadata } = placed.object.metadata
  const config = { ...placed.object, metadata }
  const apply = () => connection.rest.patch(placed, 'apply', config, query, flags.subresource || undefined)
  const after = await apply().catch((error: unknown) => {
    const conflict = isConflict(error) ? findStatusError(error) : undefined
    if (conflict) throw new CommandError(`${conflict.message}\n${advice}`, { cause: error })
    return withSource('applying', placed.source ?? '')(error)
  })
  const migrated =
    flags.subresource === '' && (await migrate({ context, connection, placed, query, manager, object: after }))
  await reporter.print(migrated ? await reapplied(context, apply, after) : after, 'serverside-applied')
}

/** Applies once more: what client-side apply had and this configuration has not can go now. */
async function reapplied(
  context: Context,
  apply: () => Promise<Unstructured>,
  before: Unstructured,
): Promise<Unstructured> {
  return apply().catch((error: unknown) => {
    context.warn(
      `Warning: failed to re-apply configuration after performing Server-Side Apply migration. This is non-fatal and will be retried next time you apply. Error: ${messageOf(error)}\n`,
    )
    return before
  })
}
