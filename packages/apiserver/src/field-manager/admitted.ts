import type { KubeObject } from '@wherry/api'
import type { Write } from '../registry/write.ts'
import { decodeManaged, type Entry } from './managed-entries.ts'

/**
 * Puts back the managedFields that mutating admission has changed into something else, and says so. As upstream:
 * handlers/fieldmanager, `managedFieldsValidatingAdmissionController`.
 */
export function keepValidEntries(object: KubeObject, before: readonly Entry[] | undefined, write: Write): void {
  try {
    decodeManaged(object.metadata.managedFields)
  } catch (error) {
    if (before === undefined) delete object.metadata.managedFields
    else object.metadata.managedFields = Object(before)
    const problem = error instanceof Error ? error.message : String(error)
    write.warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: error decoding managed fields: ${problem}`,
    )
  }
}
