import { findStatusError, isConflict } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import { type DryRun, writeQuery } from '../../access/dry-run.ts'
import { CommandError } from '../../errors.ts'
import { withSource } from '../../error-source.ts'
import type { Placed } from './client-side.ts'
import type { ApplyReporter } from './report.ts'

export interface ServerSideRequest {
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
  const { connection, placed, flags, manager, dryRun, reporter } = request
  const query = {
    ...writeQuery({ dryRun, fieldManager: manager, validate: flags.validate }),
    force: flags['force-conflicts'],
  }
  const { managedFields: _none, ...metadata } = placed.object.metadata
  const after = await connection.rest
    .patch(placed, 'apply', { ...placed.object, metadata }, query, flags.subresource || undefined)
    .catch((error: unknown) => {
      const conflict = isConflict(error) ? findStatusError(error) : undefined
      if (conflict) throw new CommandError(`${conflict.message}\n${advice}`, { cause: error })
      return withSource('applying', placed.source ?? '')(error)
    })
  await reporter.print(after, 'serverside-applied')
}
