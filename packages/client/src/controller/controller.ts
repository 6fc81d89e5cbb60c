import type { Kind, KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Selection } from '../rest/client.ts'

/** Look at this key again later, though nothing failed. */
export interface Requeue {
  requeueAfterMs: number
}

/** Which keys of a controller's primary kind a change of another kind concerns. */
export interface WatchMapping<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>
  /** Which objects of the kind matter; all of them unless told. */
  readonly selection?: Selection
  /** Called with the object before and after a change; the keys of both are looked at. */
  map(object: DeepReadonly<T>): readonly string[]
  /** Whether an update matters at all; every update does unless told. */
  changed?(object: DeepReadonly<T>, old: DeepReadonly<T>): boolean
}

/**
 * Makes the world match one object at a time. `reconcile` is given a key, never an event: it reads what is in the
 * caches now and acts on that. It returns when nothing is left to do for now, asks to look again later, throws to be
 * tried again with growing delays, or throws `TerminalError` when trying again would not help.
 */
export interface Controller {
  readonly name: string
  /** The kind whose keys are reconciled. */
  readonly primary: Kind
  /** A change to an object of these kinds concerns its controlling owner, if that is of the primary kind. */
  readonly owns?: readonly Kind[]
  readonly watches?: readonly WatchMapping[]
  /** How many keys may be worked on at once; 5 unless told. One key is never worked on twice at once. */
  readonly workers?: number
  reconcile(key: string, signal: AbortSignal): Promise<Requeue | undefined>
}

/** Trying again would not help; only a change of the object can. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** Writes a mapping down with the type of its kind. */
export function watching<T extends KubeObject>(
  kind: Kind<T>,
  map: (object: DeepReadonly<T>) => readonly string[],
  changed?: (object: DeepReadonly<T>, old: DeepReadonly<T>) => boolean,
): WatchMapping<T> {
  return { kind, map, ...(changed && { changed }) }
}
