import type { ManagedFieldsEntry } from '@wherry/api'
import { difference, hasPath, isEmptySet, type PathElement, setOf, type VersionedSet } from '@wherry/apimachinery'
import { encodeManaged, type Entry, identifierOf, managerOf, nobody, readManaged } from './managed-entries.ts'

const scaleVersion = 'autoscaling/v1'
const scalePath = ['f:spec', 'f:replicas']
const scaleSet = setOf(scalePath)

/** Where a version of the scaled kind has its replicas: null where it has none, undefined for unknown versions. */
export type ReplicasPath = (apiVersion: string) => readonly PathElement[] | null | undefined

/** Who owns the replicas of an object, as entries of its Scale. As upstream: managedfields' `ScaleHandler.ToSubresource`. */
export function toScaleEntries(
  parent: readonly Entry[] | undefined,
  pathIn: ReplicasPath,
): ManagedFieldsEntry[] | undefined {
  const { fields, times } = readManaged(parent)
  const owners = new Map<string, VersionedSet>()
  for (const [id, { set, apiVersion, applied }] of fields) {
    const path = pathIn(apiVersion)
    if (path && hasPath(set, path)) owners.set(id, { set: scaleSet, apiVersion: scaleVersion, applied })
  }
  return encodeManaged(nobody, owners, times)
}

/**
 * The object's entries after its Scale was written in `apiVersion`'s path: who lost the replicas there loses them here.
 * As upstream: `ScaleHandler.ToParent`.
 */
export function toParentEntries(
  parent: readonly Entry[] | undefined,
  scale: readonly Entry[] | undefined,
  apiVersion: string,
  pathIn: ReplicasPath,
): ManagedFieldsEntry[] | undefined {
  const managed = readManaged(parent)
  const ofScale = readManaged(scale)
  const owners = new Map<string, VersionedSet>()
  const taken = new Set<string>()
  for (const [id, versioned] of managed.fields) {
    const path = pathIn(versioned.apiVersion)
    if (path === undefined) continue
    if (path === null || !hasPath(versioned.set, path)) owners.set(id, versioned)
    else if (ofScale.fields.has(scaleId(id, versioned))) {
      taken.add(scaleId(id, versioned))
      owners.set(id, versioned)
    } else {
      const rest = difference(versioned.set, setOf(path))
      if (!isEmptySet(rest)) owners.set(id, { ...versioned, set: rest })
    }
  }
  const replicas = setOf(pathIn(apiVersion) ?? [])
  for (const [id, { set, applied }] of ofScale.fields) {
    if (!taken.has(id) && hasPath(set, scalePath)) owners.set(id, { set: replicas, apiVersion, applied })
  }
  // As upstream, times are those of the object: who has the replicas anew has none.
  return encodeManaged(managed, owners, managed.times)
}

/** What an owner of the object is called among the owners of its Scale. */
function scaleId(id: string, { applied }: VersionedSet): string {
  return applied ? id : identifierOf({ ...managerOf(id), apiVersion: scaleVersion })
}
