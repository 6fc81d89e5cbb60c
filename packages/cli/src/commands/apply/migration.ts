import { hasPath, isConflict, parseFieldSet, setOf, setsEqual, union } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import type { Query } from '../../access/rest.ts'
import type { Context } from '../../context.ts'
import { lastAppliedAnnotation } from '../../objects/last-applied.ts'
import { record, type Unstructured } from '../../objects/json.ts'
import type { Placed } from './client-side.ts'

/** Whose applies take over from client-side apply. */
const serverSideManager = 'kubectl'
const annotationManager = 'kubectl-last-applied'
const annotationPath = ['f:metadata', 'f:annotations', `f:${lastAppliedAnnotation}`]
const maxRetries = 5

export interface Migration {
  readonly context: Context
  readonly connection: Connection
  readonly placed: Placed
  readonly query: Query
  readonly manager: string
  /** The object as the apply has left it. */
  readonly object: Unstructured
}

/**
 * Makes what client-side apply owned the server-side manager's, so that fields can go that are not applied any more; the
 * annotation stays, with an owner of its own. Resolves to whether there was something to do. A failure is a warning:
 * the next apply tries again. As kubectl: apply.go, `migrateToSSAIfNecessary`.
 */
export async function migrate(migration: Migration): Promise<boolean> {
  const { context, manager, object } = migration
  if (manager !== serverSideManager || object.metadata.annotations?.[lastAppliedAnnotation] === undefined) return false
  let kept: Unstructured
  try {
    kept = await keepAnnotation(migration)
  } catch (error) {
    context.warn(
      `Warning: error migrating legacy client-side apply annotation to server-side apply: ${messageOf(error)}\n`,
    )
    return false
  }
  return takeOver({ ...migration, object: kept }).catch((error: unknown) => {
    context.warn(
      `Warning: server rejected managed fields migration to Server-Side Apply. This is non-fatal and will be retried next time you apply. Error: ${messageOf(error)}\n`,
    )
    return false
  })
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Gives the annotation an owner, so that it does not go with the fields of client-side apply. */
async function keepAnnotation({ connection, placed, query, object }: Migration): Promise<Unstructured> {
  if (ownersOf(object, 'Apply').length > 0) return object
  const { apiVersion, kind, metadata } = object
  const annotations = { [lastAppliedAnnotation]: metadata.annotations?.[lastAppliedAnnotation] }
  const config = { apiVersion, kind, metadata: { name: metadata.name, namespace: metadata.namespace, annotations } }
  const { force: _force, ...rest } = query
  return connection.rest.patch(placed, 'apply', config, { ...rest, fieldManager: annotationManager })
}

async function takeOver(migration: Migration): Promise<boolean> {
  const { connection, placed, query, manager } = migration
  const legacy = new Set(ownersOf(migration.object, 'Update').map((entry) => String(entry.manager)))
  const { force: _force, ...rest } = query
  let { object } = migration
  for (let attempt = 1; ; attempt++) {
    const entries = entriesOf(object)
    const upgraded = [...legacy].reduce((all, name) => upgrade(all, name, manager), entries)
    if (upgraded.length === entries.length && upgraded.every((entry, i) => sameEntry(entry, entries[i]))) return false
    const patch = [
      { op: 'replace', path: '/metadata/managedFields', value: upgraded },
      { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion },
    ]
    try {
      await connection.rest.patch(placed, 'json', patch, rest)
      return true
    } catch (error) {
      if (!isConflict(error) || attempt === maxRetries) throw error
      object = await connection.rest.get(placed)
    }
  }
}

type Entry = Readonly<Record<string, unknown>>

function entriesOf(object: Unstructured): Entry[] {
  const { managedFields } = object.metadata
  return Array.isArray(managedFields) ? managedFields.map(record) : []
}

function ownersOf(object: Unstructured, operation: string): Entry[] {
  return entriesOf(object).filter(
    (entry) => entry.operation === operation && hasPath(parseFieldSet(entry.fieldsV1), annotationPath),
  )
}

const sameEntry = (a: Entry, b: Entry | undefined): boolean =>
  b !== undefined &&
  a.manager === b.manager &&
  a.operation === b.operation &&
  setsEqual(parseFieldSet(a.fieldsV1), parseFieldSet(b.fieldsV1))

/** The entries with those of a client-side manager joined to the server-side one. As client-go: util/csaupgrade. */
export function upgrade(entries: readonly Entry[], legacy: string, manager: string): Entry[] {
  const isLegacy = (entry: Entry) => entry.manager === legacy && entry.operation === 'Update' && !entry.subresource
  const own = entries.findIndex(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && !entry.subresource,
  )
  const at = own >= 0 ? own : entries.findIndex(isLegacy)
  const target = entries[at]
  if (!target) return [...entries]
  const twin = entries.find((entry) => isLegacy(entry) && entry.apiVersion === target.apiVersion)
  const joined = union(parseFieldSet(target.fieldsV1), twin ? parseFieldSet(twin.fieldsV1) : setOf())
  const upgraded = { ...target, manager, operation: 'Apply', fieldsV1: joined }
  return entries.flatMap((entry, i) => (i === at ? [upgraded] : isLegacy(entry) ? [] : [entry]))
}
