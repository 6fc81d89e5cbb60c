import { type Comparison, compare, filterComparison, isSameComparison } from './compare.ts'
import {
  difference,
  eachPath,
  emptySet,
  type FieldFilter,
  type FieldSet,
  intersection,
  isEmptySet,
  union,
} from './field-set.ts'
import { ApplyConflicts, type Conflict, type Managers, type VersionedSet } from './managers.ts'
import { mergeTyped } from './merge.ts'
import { reconcileSet } from './reconcile.ts'
import { removeItems } from './remove-items.ts'
import type { ApplySchema } from './schema.ts'
import { toFieldSet, withNamedFields } from './to-field-set.ts'

/** The versions of one kind. */
export interface ApplyForms {
  /** Undefined for a version that is not served any more: who owns fields in it loses them. */
  schema(apiVersion: string): ApplySchema | undefined
  /** The object in another version; both have schemas. */
  convert(object: unknown, from: string, to: string): unknown | Promise<unknown>
  /** Takes out the fields that this kind of write cannot change anyway. */
  filter(apiVersion: string): FieldFilter | undefined
  /** Schemas may have changed since the sets were written, as those of custom resources do. */
  readonly changing?: boolean
}

/** A write: of `live`, the present object, in the version `apiVersion`, by `manager`. */
export interface ManagedWrite {
  readonly live: unknown
  readonly apiVersion: string
  readonly managers: Managers
  readonly manager: string
}

/**
 * Who owns what after an object was written as a whole: the writer gets what has changed, others lose it. As upstream:
 * structured-merge-diff, `Updater.Update`.
 */
export async function updateManagers(
  forms: ApplyForms,
  write: ManagedWrite & { readonly object: unknown },
): Promise<Managers> {
  const { live, object, apiVersion, manager } = write
  const changed = changes(forms, apiVersion, live, object)
  const known = reconciled(forms, write.managers)
  if (isSameComparison(changed) && allOf(known, apiVersion)) return known
  const managers = await settle(forms, { ...write, managers: known }, changed, true)
  const before = managers.get(manager)?.set ?? emptySet
  const all = union(union(difference(before, changed.removed), changed.modified), changed.added)
  const set = forms.filter(apiVersion)?.(all) ?? all
  if (isEmptySet(set)) managers.delete(manager)
  else managers.set(manager, { set, apiVersion, applied: false })
  return managers
}

/**
 * The object after a partial one was applied to it, and who owns what then. Fields that the manager applied before and
 * applies no more go, unless others own them. Throws `ApplyConflicts` unless `force` is set. As upstream: `Updater.Apply`.
 */
export async function applyConfiguration(
  forms: ApplyForms,
  write: ManagedWrite & { readonly config: unknown; readonly force: boolean },
): Promise<{ object: unknown; managers: Managers }> {
  const { live, config, apiVersion, manager, force } = write
  const schema = schemaIn(forms, apiVersion)
  const merged = mergeTyped(schema, live, config)
  const known = reconciled(forms, write.managers)
  const last = known.get(manager)
  const all = toFieldSet(schema, config)
  const set = forms.filter(apiVersion)?.(all) ?? all
  const managers = new Map(known).set(manager, { set, apiVersion, applied: true })
  const object = await prune(forms, merged, managers, apiVersion, last)
  const changed = changes(forms, apiVersion, live, object)
  return { object, managers: await settle(forms, { ...write, managers, object }, changed, force) }
}

/** The owners with their sets as today's schemas have them. */
function reconciled(forms: ApplyForms, managers: Managers): Managers {
  if (!forms.changing) return managers
  let changed = false
  const out = new Map<string, VersionedSet>()
  for (const [name, owned] of managers) {
    const schema = forms.schema(owned.apiVersion)
    const set = schema ? reconcileSet(schema, owned.set) : owned.set
    if (set !== owned.set) changed = true
    out.set(name, set === owned.set ? owned : { ...owned, set })
  }
  return changed ? out : managers
}

function changes(forms: ApplyForms, apiVersion: string, live: unknown, object: unknown): Comparison {
  return filterComparison(compare(schemaIn(forms, apiVersion), live, object), forms.filter(apiVersion))
}

function schemaIn(forms: ApplyForms, apiVersion: string): ApplySchema {
  const schema = forms.schema(apiVersion)
  if (!schema) throw new Error(`no corresponding type for ${apiVersion}`)
  return schema
}

function allOf(managers: Managers, apiVersion: string): boolean {
  for (const { apiVersion: version } of managers.values()) if (version !== apiVersion) return false
  return true
}

/** Takes from all other managers what the write has changed or removed. */
async function settle(
  forms: ApplyForms,
  { live, object, apiVersion, managers, manager }: ManagedWrite & { readonly object: unknown },
  changed: Comparison,
  force: boolean,
): Promise<Map<string, VersionedSet>> {
  const versions = new Map<string, Comparison | undefined>([[apiVersion, changed]])
  const comparisonIn = async (version: string): Promise<Comparison | undefined> => {
    if (!forms.schema(version)) return undefined
    const before = await forms.convert(live, apiVersion, version)
    return changes(forms, version, before, await forms.convert(object, apiVersion, version))
  }
  const out = new Map<string, VersionedSet>()
  const conflicts: Conflict[] = []
  for (const [name, owned] of managers) {
    if (name === manager) {
      if (!isEmptySet(owned.set)) out.set(name, owned)
      continue
    }
    if (!versions.has(owned.apiVersion)) versions.set(owned.apiVersion, await comparisonIn(owned.apiVersion))
    const comparison = versions.get(owned.apiVersion)
    if (!comparison) continue
    const lost = intersection(owned.set, union(comparison.modified, comparison.added))
    if (!force) eachPath(lost, (path) => conflicts.push({ manager: name, path: [...path] }))
    const set = difference(difference(owned.set, lost), comparison.removed)
    if (!isEmptySet(set)) out.set(name, set === owned.set ? owned : { ...owned, set })
  }
  if (conflicts.length > 0) throw new ApplyConflicts(conflicts)
  return out
}

/** Removes what the manager applied last time and not this time, and nobody else owns. */
async function prune(
  forms: ApplyForms,
  merged: unknown,
  managers: Managers,
  apiVersion: string,
  last: VersionedSet | undefined,
): Promise<unknown> {
  const schema = last && forms.schema(last.apiVersion)
  if (!last || isEmptySet(last.set) || !schema) return merged
  const object = await forms.convert(merged, apiVersion, last.apiVersion)
  const bare = removeItems(schema, object, withNamedFields(schema, last.set))
  const owned = await addBackOwned(forms, object, bare, last.apiVersion, managers)
  const pruned = addBackDangling(schema, object, owned, last.set)
  return forms.convert(pruned, last.apiVersion, apiVersion)
}

/** Brings back what others own, or the manager itself with its new configuration. */
async function addBackOwned(
  forms: ApplyForms,
  merged: unknown,
  bare: unknown,
  apiVersion: string,
  managers: Managers,
): Promise<unknown> {
  const owned = new Map<string, FieldSet>([[apiVersion, emptySet]])
  for (const { set, apiVersion: version } of managers.values())
    owned.set(version, union(owned.get(version) ?? emptySet, set))
  let pruned = bare
  // The version of what was pruned comes first: a conversion may need the fields that this brings back.
  for (const [version, set] of owned) {
    const schema = forms.schema(version)
    if (!schema) continue
    const all = await forms.convert(merged, apiVersion, version)
    const bareSet = toFieldSet(schema, await forms.convert(pruned, apiVersion, version))
    const keep = union(withNamedFields(schema, bareSet), withNamedFields(schema, set))
    const kept = removeItems(schema, all, difference(withNamedFields(schema, toFieldSet(schema, all)), keep))
    pruned = await forms.convert(kept, version, apiVersion)
  }
  return pruned
}

/** Brings back what nobody owned: only what the manager itself had applied may go. */
function addBackDangling(schema: ApplySchema, merged: unknown, pruned: unknown, last: FieldSet): unknown {
  const named = (set: FieldSet) => withNamedFields(schema, set)
  const gone = difference(named(toFieldSet(schema, merged)), named(toFieldSet(schema, pruned)))
  return removeItems(schema, merged, intersection(gone, named(last)))
}
