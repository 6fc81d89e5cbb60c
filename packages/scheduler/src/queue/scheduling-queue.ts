import type { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { ClusterEvent, Plugin } from '../framework/plugin.ts'
import { newPodInfo, type PodInfo } from '../framework/pod-info.ts'
import { Heap } from './heap.ts'

/** A pod on its way through the queue. */
export interface QueuedPod {
  info: PodInfo
  /** When it last entered the queue, in milliseconds. */
  since: number
  /** How often it has been tried. */
  attempts: number
  /** When another try is due, after a failed one. */
  backoffUntil: number
  /** Which plugins rejected it last; empty after an error, which any event may cure. */
  rejectedBy: ReadonlySet<string>
}

export interface SchedulingQueueDeps {
  clock: Clock
  plugins: readonly Plugin[]
  /** Whether a pod is held back by a gate. */
  isGated(pod: DeepReadonly<Pod>): boolean
}

const initialBackoffMs = 1_000
const maxBackoffMs = 10_000
/** A pod that no event has moved is tried again after this long all the same. */
const maxUnschedulableMs = 5 * 60_000

/**
 * Pods that wait for a node. As upstream's PriorityQueue:
 *
 *   active ──pop──▶ being placed ──failed──▶ unschedulable ──event──▶ backing off ──due──▶ active
 *   gated: not even waiting, until its gates are gone
 *
 * The most important pod comes first, then the one that waits longest. While nothing is active, pods that back off are
 * popped early: nobody else needs the time.
 */
export class SchedulingQueue {
  readonly #deps: SchedulingQueueDeps
  readonly #active = new Heap<QueuedPod>(keyOf, comesFirst)
  readonly #backingOff = new Heap<QueuedPod>(keyOf, (a, b) => a.backoffUntil < b.backoffUntil)
  readonly #unschedulable = new Map<string, QueuedPod>()
  readonly #gated = new Map<string, QueuedPod>()
  readonly #waitsFor: ReadonlyMap<string, ReadonlySet<ClusterEvent>>
  #wake: (() => void) | undefined
  #cancelFlush: (() => void) | undefined

  constructor(deps: SchedulingQueueDeps) {
    this.#deps = deps
    this.#waitsFor = new Map(deps.plugins.map(({ name, events }) => [name, new Set(events)]))
  }

  get sizes(): { active: number; backoff: number; unschedulable: number; gated: number } {
    return {
      active: this.#active.size,
      backoff: this.#backingOff.size,
      unschedulable: this.#unschedulable.size,
      gated: this.#gated.size,
    }
  }

  /** A pod without a node has appeared. */
  add(pod: DeepReadonly<Pod>): void {
    const now = this.#deps.clock.now()
    const queued: QueuedPod = {
      info: newPodInfo(pod),
      since: now,
      attempts: 0,
      backoffUntil: 0,
      rejectedBy: new Set(),
    }
    this.#enter(queued)
  }

  /** A waiting pod has changed; `relevant`: in a way that may let it go. */
  update(pod: DeepReadonly<Pod>, relevant: boolean): void {
    const info = newPodInfo(pod)
    const { key } = info
    for (const heap of [this.#active, this.#backingOff]) {
      const queued = heap.get(key)
      if (queued) {
        heap.set({ ...queued, info })
        return
      }
    }
    const waiting = this.#unschedulable.get(key) ?? this.#gated.get(key)
    if (!waiting) return
    const updated = { ...waiting, info }
    if (!relevant) {
      if (this.#gated.has(key)) this.#gated.set(key, updated)
      else this.#unschedulable.set(key, updated)
      return
    }
    this.#unschedulable.delete(key)
    this.#gated.delete(key)
    this.#enter(updated)
  }

  /** The pod is gone, or has a node. */
  delete(key: string): void {
    this.#active.delete(key)
    this.#backingOff.delete(key)
    this.#unschedulable.delete(key)
    this.#gated.delete(key)
  }

  /** Puts a pod back that could not be placed. Without `rejectedBy`: an error, to be tried again after its backoff. */
  failed(queued: QueuedPod, rejectedBy: ReadonlySet<string> | undefined): void {
    const now = this.#deps.clock.now()
    const attempts = queued.attempts + 1
    const backoff = Math.min(maxBackoffMs, initialBackoffMs * 2 ** (attempts - 1))
    const next = { ...queued, attempts, since: now, backoffUntil: now + backoff, rejectedBy: rejectedBy ?? new Set() }
    if (rejectedBy === undefined) this.#backingOff.set(next)
    else this.#unschedulable.set(queued.info.key, next)
    this.#wake?.()
    this.#scheduleFlush()
  }

  /** Something has happened in the cluster: pods that wait for it get another try. */
  moved(event: ClusterEvent): void {
    for (const [key, queued] of this.#unschedulable) {
      if (this.#isWorthATry(queued, event)) {
        this.#unschedulable.delete(key)
        this.#enter(queued)
      }
    }
  }

  /** The next pod to place; undefined once the signal is aborted. */
  async pop(signal: AbortSignal): Promise<QueuedPod | undefined> {
    const onAbort = () => this.#wake?.()
    signal.addEventListener('abort', onAbort)
    try {
      while (!signal.aborted) {
        this.#activateDue()
        const next = this.#active.pop() ?? this.#popEarly()
        if (next) return next
        await this.#somethingHappens()
      }
      return undefined
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Forgets the timers; a queue that is closed is not used again. */
  close(): void {
    this.#cancelFlush?.()
  }

  #isWorthATry({ rejectedBy }: QueuedPod, event: ClusterEvent): boolean {
    if (rejectedBy.size === 0) return true
    for (const plugin of rejectedBy) if (this.#waitsFor.get(plugin)?.has(event)) return true
    return false
  }

  #enter(queued: QueuedPod): void {
    if (this.#deps.isGated(queued.info.pod)) this.#gated.set(queued.info.key, queued)
    else if (queued.backoffUntil > this.#deps.clock.now()) this.#backingOff.set(queued)
    else this.#active.set(queued)
    this.#wake?.()
  }

  #activateDue(): void {
    const now = this.#deps.clock.now()
    for (let next = this.#backingOff.peek(); next && next.backoffUntil <= now; next = this.#backingOff.peek()) {
      this.#backingOff.pop()
      this.#active.set(next)
    }
  }

  /** A pod that failed with an error keeps its whole backoff: the API server may be in trouble. */
  #popEarly(): QueuedPod | undefined {
    const next = this.#backingOff.peek()
    return next && next.rejectedBy.size > 0 ? this.#backingOff.pop() : undefined
  }

  #somethingHappens(): Promise<void> {
    return new Promise((resolve) => {
      const due = this.#backingOff.peek()?.backoffUntil
      const cancel =
        due === undefined
          ? undefined
          : this.#deps.clock.setTimer(Math.max(0, due - this.#deps.clock.now()), () => this.#wake?.())
      this.#wake = () => {
        this.#wake = undefined
        cancel?.()
        resolve()
      }
    })
  }

  #scheduleFlush(): void {
    if (this.#cancelFlush || this.#unschedulable.size === 0) return
    this.#cancelFlush = this.#deps.clock.setTimer(maxUnschedulableMs / 10, () => {
      this.#cancelFlush = undefined
      const old = this.#deps.clock.now() - maxUnschedulableMs
      for (const [key, queued] of this.#unschedulable) {
        if (queued.since > old) continue
        this.#unschedulable.delete(key)
        this.#enter(queued)
      }
      this.#scheduleFlush()
    })
  }
}

function keyOf({ info }: QueuedPod): string {
  return info.key
}

function comesFirst(a: QueuedPod, b: QueuedPod): boolean {
  return a.info.priority !== b.info.priority ? a.info.priority > b.info.priority : a.since < b.since
}
