import { Event, EventsV1Event, type KubeObject } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { eventColumns } from '../core/event.ts'

/**
 * The newer form of core/v1's events: the same objects under other names. As pkg/apis/events/v1/conversion.go.
 */
export const events = defineResource(EventsV1Event, {
  shortNames: ['ev'],
  storedAs: { kind: Event, toStored, fromStored },
  columns: eventColumns.map((column) => ({ ...column, value: (event, now) => column.value(toStored(event), now) })),
  selectableFields: {
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController || (event.deprecatedSource?.component ?? ''),
    source: (event) => event.deprecatedSource?.component || (event.reportingController ?? ''),
    type: (event) => event.type ?? '',
    'regarding.kind': (event) => event.regarding?.kind ?? '',
    'regarding.namespace': (event) => event.regarding?.namespace ?? '',
    'regarding.name': (event) => event.regarding?.name ?? '',
    'regarding.uid': (event) => event.regarding?.uid ?? '',
    'regarding.apiVersion': (event) => event.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': (event) => event.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': (event) => event.regarding?.fieldPath ?? '',
  },
})

const renamed = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
] as const

function toStored(event: DeepReadonly<EventsV1Event>): Event {
  const stored: Event = { metadata: { ...deepClone(event.metadata) }, involvedObject: {} }
  rename(deepClone(event), stored, new Map(renamed))
  stored.apiVersion = 'v1'
  return stored
}

function fromStored(stored: DeepReadonly<KubeObject>): EventsV1Event {
  const event: EventsV1Event = { metadata: { ...deepClone(stored.metadata) }, eventTime: '' }
  rename(deepClone(stored), event, new Map(renamed.map(([newer, older]) => [older, newer])))
  event.apiVersion = 'events.k8s.io/v1'
  if (event.eventTime === '') Reflect.set(event, 'eventTime', null)
  return event
}

/** Copies members, each under the name that the map has for it. */
function rename(from: object, to: object, names: ReadonlyMap<string, string>): void {
  for (const [name, value] of Object.entries(from)) Reflect.set(to, names.get(name) ?? name, value)
}
