import type { CachedObject } from './cached-object.ts'
import type { Change } from './event-window.ts'
import type { Watcher } from './watcher.ts'

/** A value that an object must have for a watcher to care: its name, or a field such as `spec.nodeName`. */
export interface Trigger {
  /** Which value; triggers of one id read the same one. */
  readonly id: string
  readonly value: string
  of(object: CachedObject): string
}

interface Index {
  of(object: CachedObject): string
  readonly byValue: Map<string, Set<Watcher>>
}

/**
 * The watchers of a resource. Those that look for one value are found by it: a change is offered to the few whose value
 * the object has or had, however many nodes watch for their pods. As upstream: cacher, `indexedWatchers`.
 */
export class WatcherSet {
  readonly #all = new Set<Watcher>()
  readonly #others = new Set<Watcher>()
  readonly #indexes = new Map<string, Index>()

  get size(): number {
    return this.#all.size
  }

  add(watcher: Watcher, trigger: Trigger | undefined): void {
    this.#all.add(watcher)
    if (!trigger) {
      this.#others.add(watcher)
      return
    }
    const index = this.#indexes.get(trigger.id) ?? { of: trigger.of, byValue: new Map() }
    this.#indexes.set(trigger.id, index)
    const same = index.byValue.get(trigger.value) ?? new Set()
    index.byValue.set(trigger.value, same.add(watcher))
  }

  remove(watcher: Watcher, trigger: Trigger | undefined): void {
    this.#all.delete(watcher)
    this.#others.delete(watcher)
    const index = trigger && this.#indexes.get(trigger.id)
    const same = index?.byValue.get(trigger?.value ?? '')
    if (!trigger || !index || !same?.delete(watcher) || same.size > 0) return
    index.byValue.delete(trigger.value)
    if (index.byValue.size === 0) this.#indexes.delete(trigger.id)
  }

  offer(change: Change): void {
    for (const watcher of this.#others) watcher.offer(change)
    for (const { of, byValue } of this.#indexes.values()) {
      const now = of(change.object)
      const before = change.previous ? of(change.previous) : now
      for (const watcher of byValue.get(now) ?? []) watcher.offer(change)
      if (before !== now) for (const watcher of byValue.get(before) ?? []) watcher.offer(change)
    }
  }

  close(): void {
    for (const watcher of this.#all) watcher.close()
  }
}
