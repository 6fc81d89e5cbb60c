import type { ObjectMeta } from '@wherry/api'
import { type DeepReadonly, parseTime } from '@wherry/apimachinery'

type Meta = DeepReadonly<ObjectMeta>

/** What every object that came from the server has; empty only for objects that were never stored. */
export interface Identity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** The parts of metadata that tell one object from all others. */
export function identityOf(meta: Meta): Identity {
  return { namespace: meta.namespace ?? '', name: meta.name ?? '', uid: meta.uid ?? '' }
}

/** Milliseconds since the epoch; 0 for an object that was never stored. */
export function createdAt(meta: Meta): number {
  return meta.creationTimestamp === undefined ? 0 : parseTime(meta.creationTimestamp)
}

/** Whether somebody has asked for the object's deletion. */
export function isDeleting(meta: Meta): boolean {
  return meta.deletionTimestamp !== undefined
}

/** Orders objects by age, oldest first, and by name where they are equally old, as upstream's sorters do. */
export function byCreation(a: { readonly metadata: Meta }, b: { readonly metadata: Meta }): number {
  return createdAt(a.metadata) - createdAt(b.metadata) || compareText(a.metadata.name ?? '', b.metadata.name ?? '')
}

/** Orders text by code units, as Go's `<` does for what names may hold. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
