import type { ManagedFieldsEntry } from '@wherry/api'
import {
  compareUtf8,
  type DeepReadonly,
  deepEqual,
  type FieldSet,
  type Managers,
  parseFieldSet,
  parseTime,
  union,
  type VersionedSet,
} from '@wherry/apimachinery'

export type Entry = DeepReadonly<ManagedFieldsEntry>

/** What an object's managedFields say: who owns what, and since when. Never changed once it is made. */
export interface Managed {
  readonly fields: Managers
  readonly times: ReadonlyMap<string, string | undefined>
  /** Entries as they stood in the object: those that stay the same are written again as they are. */
  readonly entries: ReadonlyMap<string, Entry>
}

export const nobody: Managed = { fields: new Map(), times: new Map(), entries: new Map() }

/** The fields of an entry that tell its manager from all others. */
export interface ManagerInfo {
  readonly manager: string
  readonly operation: string
  readonly apiVersion: string
  readonly subresource: string
}

/**
 * What a manager is called while it is worked with, and in upstream's messages where they must be sorted. An applier is
 * the same in all versions. As upstream: `BuildManagerIdentifier`.
 */
export function identifierOf({ manager, operation, apiVersion, subresource }: ManagerInfo): string {
  const parts = [
    manager === '' ? '' : `"manager":${JSON.stringify(manager)}`,
    operation === '' ? '' : `"operation":"${operation}"`,
    apiVersion === '' || operation === 'Apply' ? '' : `"apiVersion":${JSON.stringify(apiVersion)}`,
    subresource === '' ? '' : `"subresource":${JSON.stringify(subresource)}`,
  ]
  return `{${parts.filter(Boolean).join(',')}}`
}

/** Who an identifier stands for. */
export function managerOf(identifier: string): ManagerInfo {
  const {
    manager = '',
    operation = '',
    apiVersion = '',
    subresource = '',
  }: Partial<ManagerInfo> = JSON.parse(identifier)
  return { manager, operation, apiVersion, subresource }
}

/** Whether the list asks to forget all owners. */
export function isReset(entries: readonly Entry[] | undefined): boolean {
  if (entries?.length === 0) return true
  return entries?.length === 1 && Object.keys(entries[0] ?? {}).length === 0
}

const identifiers = new WeakMap<Entry, string>()

/** Entries are written once and read by every write after that. */
function identifierOfEntry(entry: Entry): string {
  const known = identifiers.get(entry)
  if (known !== undefined) return known
  const { manager = '', operation = '', apiVersion = '', subresource = '' } = entry
  const made = identifierOf({ manager, operation, apiVersion, subresource })
  identifiers.set(entry, made)
  return made
}

/** Reads entries that the server wrote. */
export function readManaged(entries: readonly Entry[] | undefined): Managed {
  if (!entries || entries.length === 0) return nobody
  const fields = new Map<string, VersionedSet>()
  const times = new Map<string, string | undefined>()
  const byId = new Map<string, Entry>()
  for (const entry of entries) {
    const { operation, apiVersion = '', time } = entry
    const id = identifierOfEntry(entry)
    const set: FieldSet = Object(entry.fieldsV1 ?? {})
    fields.set(id, { set, apiVersion, applied: operation === 'Apply' })
    times.set(id, time)
    byId.set(id, entry)
  }
  return { fields, times, entries: byId }
}

/** Reads entries that somebody else wrote. Throws what is wrong with them, in upstream's words. */
export function decodeManaged(entries: readonly Entry[] | undefined): Managed {
  const checked = (entries ?? []).map((entry, i) => {
    const { operation, apiVersion = '', fieldsType = '' } = entry
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`')
    if (apiVersion === '') throw new Error('apiVersion must not be empty')
    if (fieldsType === '') throw new Error(`missing fieldsType in managed fields entry ${i}`)
    if (fieldsType !== 'FieldsV1') {
      throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`)
    }
    return { ...entry, fieldsV1: parseFieldSet(entry.fieldsV1) }
  })
  return readManaged(checked)
}

/** The entries to write, in upstream's order; undefined where there are none. */
export function encodeManaged(
  managed: Managed,
  fields: Managers,
  times: Managed['times'],
): ManagedFieldsEntry[] | undefined {
  if (fields.size === 0) return undefined
  const entries = [...fields].map(([id, versioned]) =>
    encodeEntry(id, versioned, times.get(id), managed.entries.get(id)),
  )
  return entries.sort(compareEntries)
}

function encodeEntry(
  id: string,
  { set, apiVersion, applied }: VersionedSet,
  time: string | undefined,
  before: Entry | undefined,
): ManagedFieldsEntry {
  if (before && before.fieldsV1 === set && before.time === time && before.apiVersion === apiVersion) {
    // Shared with the object that is there: nothing changes entries once they are written.
    return Object(before)
  }
  const { manager, operation, subresource } = managerOf(id)
  return {
    manager,
    operation: applied ? 'Apply' : operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: Object(set),
    ...(subresource === '' ? {} : { subresource }),
  }
}

const seconds = (time: string | undefined): number => (time === undefined ? 0 : Math.floor(parseTime(time) / 1000))

function compareEntries(a: Entry, b: Entry): number {
  return (
    compareUtf8(a.operation ?? '', b.operation ?? '') ||
    (a.time === b.time ? 0 : seconds(a.time) - seconds(b.time)) ||
    compareUtf8(a.manager ?? '', b.manager ?? '') ||
    compareUtf8(a.apiVersion ?? '', b.apiVersion ?? '') ||
    compareUtf8(a.subresource ?? '', b.subresource ?? '')
  )
}

/** Whether two lists say the same, whenever it was that they were written. */
export function sameButForTimes(a: readonly Entry[] | undefined, b: readonly Entry[] | undefined): boolean {
  if (a === b) return true
  if (a?.length !== b?.length) return false
  return (a ?? []).every((entry, i) => {
    const other = b?.[i]
    return entry === other || deepEqual({ ...entry, time: undefined }, { ...other, time: undefined })
  })
}

const maxUpdaters = 10
const ancient = 'ancient-changes'

/**
 * Keeps no more than ten entries that came from updates: the oldest of a version become one. As upstream:
 * `capUpdateManagers`.
 */
export function capUpdaters(fields: Map<string, VersionedSet>, times: Map<string, string | undefined>): void {
  const updaters = [...fields].filter(([, { applied }]) => !applied).map(([id]) => id)
  if (updaters.length <= maxUpdaters) return
  updaters.sort((a, b) => seconds(times.get(a)) - seconds(times.get(b)) || compareUtf8(a, b))
  const firstOf = new Map<string, string>()
  let left = updaters.length
  for (const id of updaters) {
    if (left <= maxUpdaters) return
    const versioned = fields.get(id)
    if (!versioned) continue
    const { apiVersion } = versioned
    const first = firstOf.get(apiVersion)
    if (first === undefined) {
      firstOf.set(apiVersion, id)
      continue
    }
    const bucket = identifierOf({ manager: ancient, operation: 'Update', apiVersion, subresource: '' })
    if (!fields.has(bucket)) {
      const kept = fields.get(first)
      fields.delete(first)
      if (kept) fields.set(bucket, kept)
    }
    fields.set(bucket, { ...versioned, set: union(versioned.set, fields.get(bucket)?.set ?? {}) })
    fields.delete(id)
    left--
    times.set(bucket, times.get(id))
  }
}
