import type { StatusCause } from '@wherry/api'
import { type Conflict, compareUtf8, goQuote, showPath, type StatusError, statusErrorFrom } from '@wherry/apimachinery'
import { managerOf } from './managed-entries.ts'

/** The 409 of an apply that does not force its way. As upstream: managedfields' `NewConflictError`. */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const causes = conflicts.map(
    ({ manager, path }): StatusCause => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${describe(manager)}`,
      field: showPath(path),
    }),
  )
  return statusErrorFrom({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: messageOf(conflicts),
    reason: 'Conflict',
    details: { causes },
    code: 409,
  })
}

function messageOf(conflicts: readonly Conflict[]): string {
  const [only] = conflicts
  if (only && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describe(only.manager)}: ${showPath(only.path)}`
  }
  const managers = [...new Set(conflicts.map(({ manager }) => manager))].sort(compareUtf8)
  const lines = managers.flatMap((manager) => [
    `conflicts with ${describe(manager)}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => `- ${showPath(path)}`),
  ])
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function describe(identifier: string): string {
  const { manager, operation, apiVersion, subresource } = managerOf(identifier)
  const name = goQuote(manager) + (subresource === '' ? '' : ` with subresource ${goQuote(subresource)}`)
  return operation === 'Update' ? `${name} using ${apiVersion}` : name
}
