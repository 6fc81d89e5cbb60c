import type { Event } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldRequired,
  isQualifiedName,
  semanticEqual,
} from '@wherry/apimachinery'

type Value = DeepReadonly<Event>

const limits = { reportingInstance: 128, action: 128, reason: 128, message: 1024 } as const

/** As `ValidateEventCreate`: the new fields are checked where `eventTime` says that their writer knows them. */
export function validateEvent(event: Value): FieldError[] {
  const errors = validateNamespace(event)
  if (!event.eventTime) return errors
  const reporter = event.reportingComponent ?? ''
  if (reporter === '') errors.push(fieldRequired('reportingController'))
  errors.push(...isQualifiedName(reporter).map((detail) => fieldInvalid('reportingController', reporter, detail)))
  if (!event.reportingInstance) errors.push(fieldRequired('reportingInstance'))
  if (!event.action) errors.push(fieldRequired('action'))
  if (!event.reason) errors.push(fieldRequired('reason'))
  for (const [name, limit] of Object.entries(limits)) {
    const value = Reflect.get(event, name)
    if (typeof value !== 'string' || byteLength(value) <= limit) continue
    errors.push(fieldInvalid(name, '', `can have at most ${limit} characters`))
  }
  return errors
}

/** Events of cluster-scoped objects live in `default`, others in their object's namespace. */
function validateNamespace({ metadata, involvedObject, eventTime }: Value): FieldError[] {
  const namespace = metadata.namespace ?? ''
  const of = involvedObject?.namespace ?? ''
  const refused = [fieldInvalid('involvedObject.namespace', of, 'does not match event.namespace')]
  // Node components wrote their events elsewhere at first; upstream allows the two that were used.
  if (of === '') {
    return namespace === 'default' || namespace === '' || (eventTime && namespace === 'kube-system') ? [] : refused
  }
  return eventTime || of === namespace ? [] : refused
}

const fixed = [
  'involvedObject',
  'reason',
  'type',
  'reportingComponent',
  'reportingInstance',
  'action',
  'related',
  'eventTime',
]

/** Only the series of an event of the new kind may grow. As `ValidateEventUpdate`. */
export function validateEventUpdate(event: Value, old: Value): FieldError[] {
  if (!event.eventTime || !old.eventTime) return []
  return fixed.flatMap((name) => {
    const value = Reflect.get(event, name)
    return semanticEqual(value, Reflect.get(old, name)) ? [] : [fieldInvalid(name, value, 'field is immutable')]
  })
}
