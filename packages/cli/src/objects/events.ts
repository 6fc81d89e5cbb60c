import type { Event } from '@wherry/api'
import { humanDuration } from '@wherry/apimachinery'

/** The last time an event was seen, in milliseconds. */
export function lastSeen(event: Event): number {
  const text = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp
  return text ? Date.parse(text) : Date.parse(event.metadata.creationTimestamp ?? '') || 0
}

/** How often an event was seen. */
export function countOf(event: Event): number {
  return event.series?.count ?? event.count ?? 1
}

/** When an event was seen, as kubectl's tables say it: `5m`, or `5m (x3 over 10m)`. */
export function seenText(event: Event, now: number): string {
  const age = (text: string | undefined) => (text ? humanDuration(now - Date.parse(text)) : '<unknown>')
  const first = event.firstTimestamp ? age(event.firstTimestamp) : age(event.eventTime)
  if (event.series) return `${age(event.series.lastObservedTime)} (x${event.series.count ?? 0} over ${first})`
  if ((event.count ?? 0) > 1) return `${age(event.lastTimestamp)} (x${event.count} over ${first})`
  return first
}

/** What an event is about: `Pod/web-0`. */
export function eventTarget({ involvedObject }: Event): string {
  return `${involvedObject.kind ?? ''}/${involvedObject.name ?? ''}`
}
