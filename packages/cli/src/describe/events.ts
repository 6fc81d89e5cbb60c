import type { Event } from '@wherry/api'
import { lastSeen, seenText } from '../objects/events.ts'
import type { Lines } from './lines.ts'

/** The events about an object in columns of their own. */
export function describeEvents(lines: Lines, events: readonly Event[] | undefined, now: number): void {
  if (events === undefined) return
  if (events.length === 0) {
    lines.line(0, 'Events:\t<none>')
    return
  }
  lines.flush()
  lines.line(0, 'Events:')
  lines.line(1, 'Type\tReason\tAge\tFrom\tMessage')
  lines.line(1, '----\t------\t----\t----\t-------')
  for (const event of [...events].sort((a, b) => lastSeen(a) - lastSeen(b))) {
    const from = event.source?.component || event.reportingComponent || ''
    const path = event.involvedObject.fieldPath
    const message = `${path ? `${path}: ` : ''}${(event.message ?? '').trim()}`
    lines.line(1, `${event.type ?? ''}\t${event.reason ?? ''}\t${seenText(event, now)}\t${from}\t${message}`)
  }
}
