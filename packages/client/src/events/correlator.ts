import type { Event } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { newTokenBucket, type TokenBucket } from '../controller/rate-limiter.ts'
import { LRU } from './lru.ts'

const cacheSize = 4096

/** This many events that differ only in their message, each within 10 minutes of the last, become one. */
const maxSimilar = 10
const similarWithinMs = 600_000

/** One source may report this many events of one object, and then one more every 5 minutes. */
const spamBurst = 25
const spamPerSecond = 1 / 300

/** What is to be done about an event: nothing, or to write it, as a new one or as one that has occurred again. */
export type Correlated = { skip: true } | { skip: false; event: Event; again: boolean }

interface Similar {
  messages: Set<string>
  lastMs: number
}

interface Observation {
  count: number
  firstTimestamp: string | undefined
  name: string | undefined
  resourceVersion: string | undefined
}

/**
 * Keeps a component from flooding the API with events: repeated ones are counted, many similar ones become one, and
 * what an object has too many of is dropped. As client-go: tools/record/events_cache.go.
 */
export class EventCorrelator {
  readonly #clock: Clock
  readonly #nameOf: (object: string) => string
  readonly #similar = new LRU<Similar>(cacheSize)
  readonly #observed = new LRU<Observation>(cacheSize)
  readonly #buckets = new LRU<TokenBucket>(cacheSize)

  /** `nameOf` makes a new event's name from its object's. */
  constructor(clock: Clock, nameOf: (object: string) => string) {
    this.#clock = clock
    this.#nameOf = nameOf
  }

  correlate(event: Event): Correlated {
    const { event: aggregated, key } = this.#aggregate(event)
    const observed = this.#observe(aggregated, key)
    if (!this.#bucket(observed).tryTake()) return { skip: true }
    return { skip: false, event: observed, again: (observed.count ?? 1) > 1 }
  }

  /** Notes what the server made of an event. */
  update(event: Event): void {
    this.#observed.set(eventKey(event), observation(event))
  }

  #aggregate(event: Event): { event: Event; key: string } {
    const now = this.#clock.now()
    const key = similarKey(event)
    const known = this.#similar.get(key)
    const recent = known && now - known.lastMs <= similarWithinMs
    const similar = recent ? known : { messages: new Set<string>(), lastMs: now }
    similar.messages.add(event.message ?? '')
    similar.lastMs = now
    this.#similar.set(key, similar)
    if (similar.messages.size < maxSimilar) return { event, key: eventKey(event) }
    // The set stays at its bound.
    const [first] = similar.messages
    if (first !== undefined) similar.messages.delete(first)
    const time = formatTime(now)
    const combined: Event = {
      ...event,
      metadata: { ...event.metadata, name: this.#nameOf(event.involvedObject.name ?? '') },
      message: `(combined from similar events): ${event.message ?? ''}`,
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
    }
    return { event: combined, key }
  }

  #observe(event: Event, key: string): Event {
    const last = this.#observed.get(key)
    const observed: Event = last
      ? {
          ...event,
          metadata: { ...event.metadata, name: last.name, resourceVersion: last.resourceVersion },
          firstTimestamp: last.firstTimestamp,
          count: last.count + 1,
        }
      : event
    this.#observed.set(key, observation(observed))
    return observed
  }

  #bucket(event: Event): TokenBucket {
    const key = spamKey(event)
    const bucket = this.#buckets.get(key) ?? newTokenBucket(this.#clock, spamPerSecond, spamBurst)
    this.#buckets.set(key, bucket)
    return bucket
  }
}

function observation({ count = 1, firstTimestamp, metadata: { name, resourceVersion } }: Event): Observation {
  return { count, firstTimestamp, name, resourceVersion }
}

function aboutKey({ source, involvedObject: object }: Event): string[] {
  return [
    source?.component ?? '',
    source?.host ?? '',
    object.kind ?? '',
    object.namespace ?? '',
    object.name ?? '',
    object.uid ?? '',
    object.apiVersion ?? '',
  ]
}

function eventKey(event: Event): string {
  const { involvedObject, type = '', reason = '', message = '' } = event
  return JSON.stringify([...aboutKey(event), involvedObject.fieldPath ?? '', type, reason, message])
}

function similarKey(event: Event): string {
  const { type = '', reason = '', reportingComponent = '', reportingInstance = '' } = event
  return JSON.stringify([...aboutKey(event), type, reason, reportingComponent, reportingInstance])
}

function spamKey(event: Event): string {
  return JSON.stringify([...aboutKey(event), event.type ?? ''])
}
