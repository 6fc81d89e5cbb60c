import type { FieldSet } from './field-set.ts'
import type { PathElement } from './path-element.ts'

/** What one manager owns, and in which version of the type its paths are. */
export interface VersionedSet {
  readonly set: FieldSet
  readonly apiVersion: string
  /** It came from an apply, not from an update. */
  readonly applied: boolean
}

/** Who owns what, by an identifier of the manager. */
export type Managers = ReadonlyMap<string, VersionedSet>

/** A field that an apply would change though another manager owns it. */
export interface Conflict {
  readonly manager: string
  readonly path: readonly PathElement[]
}

/** Why an apply is refused that does not force its way. */
export class ApplyConflicts extends Error {
  override readonly name = 'ApplyConflicts'
  readonly conflicts: readonly Conflict[]

  constructor(conflicts: readonly Conflict[]) {
    super(`${conflicts.length} conflicts`)
    this.conflicts = conflicts
  }
}
