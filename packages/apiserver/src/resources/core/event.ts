import { Event } from '@wherry/api'
import { type DeepReadonly, nameIsPathSegment } from '@wherry/apimachinery'
import { type Column, defineResource } from '../../registry/resource.ts'
import { since } from '../columns.ts'
import { struct } from '../structs.ts'
import { validateEvent, validateEventUpdate } from './event-validation.ts'

type Value = DeepReadonly<Event>

/** Shared with events.k8s.io, which shows the same objects. */
export const eventColumns: readonly Column<Event>[] = [
  { name: 'Last Seen', type: 'string', value: lastSeen },
  { name: 'Type', type: 'string', value: (event) => event.type ?? '' },
  { name: 'Reason', type: 'string', value: (event) => event.reason ?? '' },
  { name: 'Object', type: 'string', value: target },
  { name: 'Subobject', type: 'string', priority: 1, value: (event) => event.involvedObject.fieldPath ?? '' },
  { name: 'Source', type: 'string', priority: 1, value: source },
  { name: 'Message', type: 'string', value: (event) => (event.message ?? '').trim() },
  { name: 'First Seen', type: 'string', priority: 1, value: firstSeen },
  { name: 'Count', type: 'string', priority: 1, value: (event) => event.series?.count ?? (event.count || 1) },
  { name: 'Name', type: 'string', priority: 1, format: 'name', value: (event) => event.metadata.name ?? '' },
]

export const events = defineResource(Event, {
  shortNames: ['ev'],
  allowCreateOnUpdate: true,
  // As upstream's --event-ttl.
  timeToLive: 60 * 60_000,
  // Events carry the names of what they are about, which may be any.
  validateName: nameIsPathSegment,
  setDefaults(event) {
    struct(event, 'involvedObject')
    struct(event, 'source')
    event.reportingComponent ??= ''
    event.reportingInstance ??= ''
  },
  validate: validateEvent,
  validateUpdate: validateEventUpdate,
  columns: eventColumns,
  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent || (event.source?.component ?? ''),
    source: (event) => event.source?.component || (event.reportingComponent ?? ''),
    type: (event) => event.type ?? '',
  },
})

function firstSeen(event: Value, now: number): string {
  return since(event.firstTimestamp ?? event.eventTime, now)
}

function lastSeen(event: Value, now: number): string {
  if (event.series) return since(event.series.lastObservedTime, now)
  return event.lastTimestamp ? since(event.lastTimestamp, now) : firstSeen(event, now)
}

function target({ involvedObject: { kind = '', name } }: Value): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase()
}

function source(event: Value): string {
  const component = event.source?.component || event.reportingComponent || ''
  const host = event.source?.host || event.reportingInstance
  return host ? `${component}, ${host}` : component
}
