import type { KubeObject } from '@wherry/api'
import { type DeepReadonly, stringifyJSON } from '@wherry/apimachinery'
import type { PastEvent, StorageEvent } from '@wherry/storage'
import { CachedObject, type Selectable } from './cached-object.ts'
import { Change, EventWindow } from './event-window.ts'
import { KeptMessages } from './kept-messages.ts'
import { SortedMap } from './sorted-map.ts'
import { type Selection, Watcher } from './watcher.ts'
import { WatcherSet } from './watcher-set.ts'
import { decodeStored, encodeStored, replaceRevision, type WireForm, withRevision } from './wire.ts'

/** How a resource lies in storage and what is selectable of it. */
export interface CacheSpec {
  readonly form: WireForm
  /** Such as `/registry/pods/`; keys below are `namespace/name`, or names for cluster-scoped kinds. */
  readonly prefix: string
  /** Values of the kind's selectable fields, in the order of its declaration. */
  fieldsOf(object: DeepReadonly<KubeObject>): readonly string[]
}

/** A write on its way: what the writer knows already need not be parsed again when its event comes back. */
export interface PendingWrite {
  readonly object: KubeObject
  cached?: CachedObject
}

/** A stretch of a resource's objects: a namespace, or all of them. */
export interface Range {
  readonly from: string
  readonly to: string | undefined
}

/** How many page lists of a resource may be open before the oldest loses its snapshot. */
const maxSnapshots = 16

/** All objects of one resource, as of the revision that the watch cache has reached, and who watches them. */
export class ResourceCache {
  readonly spec: CacheSpec
  /** The objects in protobuf, as far as somebody has asked for them. */
  readonly messages = new KeptMessages()
  #objects = new SortedMap<CachedObject>()
  /** The same objects: most requests are for one, and a search in order is what they cost most. */
  readonly #byKey = new Map<string, CachedObject>()
  #window: EventWindow
  #revision = 0
  readonly #watchers = new WatcherSet()
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #snapshots = new Map<number, SortedMap<CachedObject>>()
  readonly #pending = new WeakMap<Uint8Array, PendingWrite>()

  constructor(spec: CacheSpec) {
    this.spec = spec
    this.#window = new EventWindow(0)
  }

  /** The present objects, in the order of their keys. */
  get objects(): SortedMap<CachedObject> {
    return this.#objects
  }

  get size(): number {
    return this.#objects.size
  }

  get watchers(): number {
    return this.#watchers.size
  }

  /** The revision of the resource's last change. */
  get revision(): number {
    return this.#revision
  }

  /** Changes after this revision are in memory. */
  get windowStart(): number {
    return this.#window.after
  }

  get(key: string): CachedObject | undefined {
    return this.#byKey.get(key)
  }

  range({ from, to }: Range): Iterable<CachedObject> {
    return this.#objects.range(from, to)
  }

  /** The bytes to store, with what the cache will want to know of them. */
  encode(object: KubeObject): { value: Buffer; pending: PendingWrite } {
    const value = encodeStored(this.spec.form, object)
    const pending: PendingWrite = { object }
    this.#pending.set(value, pending)
    return { value, pending }
  }

  /** Fills the cache from a list of storage. */
  load(key: string, value: Uint8Array, revision: number): void {
    const object = this.#read(value, revision)
    this.#set(this.#keyOf(key), object)
    this.#revision = Math.max(this.#revision, revision)
  }

  /** Where the changes begin that the cache will see. */
  begin(revision: number): void {
    this.#window = new EventWindow(revision)
  }

  /** Takes over a committed change and hands it to the watchers. */
  apply(event: StorageEvent): void {
    const key = this.#keyOf(event.key)
    const change = this.#change(event, this.#byKey.get(key))
    if (!change) return
    this.#set(key, event.value ? change.object : undefined)
    this.#revision = event.revision
    this.#window.push(change)
    this.#watchers.offer(change)
    for (const listener of this.#listeners) listener(change)
  }

  /** A change from storage's history, older than the window. */
  pastChange(event: PastEvent): Change | undefined {
    return this.#change(event, event.previous && this.#read(event.previous, event.previousRevision))
  }

  /** The last state of an object at the revision of its delete. */
  entomb = (previous: CachedObject, revision: number): CachedObject =>
    new CachedObject(previous, revision, replaceRevision(this.spec.form, previous.bytes, revision))

  /** An object that is not in storage, as a dry run answers with. */
  loose(object: KubeObject, revision: number): CachedObject {
    const bytes = Buffer.from(`${stringifyJSON(object)}\n`)
    return new CachedObject(this.#select(object), revision, bytes, object)
  }

  changesSince(revision: number): Change[] {
    return this.#window.since(revision)
  }

  /** Registers a watcher: it gets every change that is applied from now on. */
  watch(selection: Selection): Watcher {
    const { trigger } = selection
    const watcher = new Watcher(selection, this.entomb, () => this.#watchers.remove(watcher, trigger))
    this.#watchers.add(watcher, trigger)
    return watcher
  }

  /** Calls for each change that is applied from now on, until the function that comes back is called. */
  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  closeWatchers(): void {
    this.#watchers.close()
  }

  /** Keeps the present objects for the pages of a list; `current` is the revision that they stand for. */
  keepSnapshot(current: number): void {
    if (this.#snapshots.has(current)) return
    this.#snapshots.set(current, this.#objects.snapshot())
    const [oldest] = this.#snapshots.keys()
    if (this.#snapshots.size > maxSnapshots && oldest !== undefined) this.#snapshots.delete(oldest)
  }

  /** Forgets the snapshots of lists that began before the revision. */
  dropSnapshots(before: number): void {
    for (const revision of this.#snapshots.keys()) if (revision < before) this.#snapshots.delete(revision)
  }

  /** The objects as they were at a revision, or undefined where that is no longer known. */
  at(revision: number): SortedMap<CachedObject> | undefined {
    if (revision >= this.#revision) return this.#objects
    const kept = this.#snapshots.get(revision)
    if (kept) return kept
    if (revision < this.#window.after) return undefined
    const past = this.#objects.snapshot()
    for (const { object, previous } of this.#window.since(revision).reverse()) {
      if (previous) past.set(previous.key, previous)
      else past.delete(object.key)
    }
    return past
  }

  #set(key: string, object: CachedObject | undefined): void {
    const replaced = this.#byKey.get(key)
    if (replaced) this.messages.release(replaced)
    if (object) {
      this.#objects.set(key, object)
      this.#byKey.set(key, object)
    } else {
      this.#objects.delete(key)
      this.#byKey.delete(key)
    }
  }

  #change(event: StorageEvent, previous: CachedObject | undefined): Change | undefined {
    if (event.value) {
      return new Change(previous ? 'MODIFIED' : 'ADDED', this.#read(event.value, event.revision), previous)
    }
    return previous && new Change('DELETED', this.entomb(previous, event.revision), previous)
  }

  #read(value: Uint8Array, revision: number): CachedObject {
    const pending = this.#pending.get(value)
    const bytes = withRevision(this.spec.form, value, revision)
    const object: KubeObject = pending?.object ?? decodeStored(bytes)
    object.metadata.resourceVersion = String(revision)
    const cached = new CachedObject(this.#select(object), revision, bytes, object)
    if (pending) pending.cached = cached
    return cached
  }

  #select(object: DeepReadonly<KubeObject>): Selectable {
    const { namespace = '', name = '', labels } = object.metadata
    return { namespace, name, labels, fields: this.spec.fieldsOf(object) }
  }

  #keyOf(storageKey: string): string {
    return storageKey.slice(this.spec.prefix.length)
  }
}

/** The keys of one namespace; `0` follows `/`. */
export function rangeOf(namespace: string): Range {
  return namespace === '' ? { from: '', to: undefined } : { from: `${namespace}/`, to: `${namespace}0` }
}
