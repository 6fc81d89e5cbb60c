import type { Kind, Status } from '@wherry/api'
import { statusErrorFrom } from '@wherry/apimachinery'
import { collectionPath } from '@wherry/client'
import { isObject, record } from '../objects/json.ts'
import { linesOf } from './lines.ts'
import { type Query, type Rest, StreamTimeout } from './rest.ts'

export interface RawEvent {
  type: string
  object: unknown
}

export interface WatchRequest {
  kind: Kind
  /** Empty for all namespaces. */
  namespace: string
  query: Query
  accept?: string
  signal?: AbortSignal
}

/**
 * The events of a watch as they come, until the server ends it or the time for requests is over. Throws the status of an
 * ERROR event.
 */
export async function* watchRaw(
  rest: Rest,
  { kind, namespace, query, accept, signal }: WatchRequest,
): AsyncGenerator<RawEvent> {
  const stream = await rest.stream(
    collectionPath(kind, namespace),
    { query: { ...query, watch: true }, ...(accept !== undefined && { accept }), ...(signal && { signal }) },
    { kind },
  )
  try {
    for await (const line of linesOf(stream)) {
      if (line.trim() === '') continue
      const event = record(JSON.parse(line))
      const type = typeof event.type === 'string' ? event.type : ''
      if (type === 'ERROR' && isStatus(event.object)) throw statusErrorFrom(event.object)
      yield { type, object: event.object }
    }
  } catch (error) {
    // The time for the watch is over: that is its end, and no failure.
    if (!(error instanceof StreamTimeout)) throw error
  } finally {
    stream.destroy()
  }
}

function isStatus(value: unknown): value is Status {
  return isObject(value) && value.kind === 'Status'
}
