import { apiVersionOf, type KubeObject, type Status } from '@wherry/api'
import { type DeepReadonly, encodeProtobuf, encodeWatchFrame, stringifyJSON } from '@wherry/apimachinery'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { WatchedChange } from '../watch-cache/watcher.ts'
import { withoutNewline } from '../watch-cache/wire.ts'
import type { Target, Wanted } from './negotiation.ts'
import { bufferOf, objectPieces } from './protobuf-answers.ts'
import { type IncludeObject, partialOf, tableOf } from './transform.ts'

/** Turns what a watcher sees into the bytes of its stream. */
export interface Frames {
  change(seen: WatchedChange): Buffer
  bookmark(revision: number, endsInitialEvents: boolean): Buffer
  error(status: Status): Buffer
}

const initialEventsEnd = { 'k8s.io/initial-events-end': 'true' }

/**
 * The frames of one watch. Those of a change are kept with the change, by type and encoding, so that all watchers of the
 * same encoding send the same bytes.
 */
export function framesOf(served: Served, { encoding, as }: Wanted, include: IncludeObject, now: () => number): Frames {
  const frame = encoding === 'protobuf' ? protobufFrame : jsonFrame
  const form = formOf(served, as, include, now)
  const whole = (type: string, object: CachedObject) =>
    encoding === 'protobuf'
      ? bufferOf(encodeWatchFrame(type, ...objectPieces(served, object)))
      : jsonBytesFrame(type, withoutNewline(served.bytesOf(object)))
  const name = `${apiVersionOf(served.form.kind)} ${encoding} ${as?.kind ?? ''} ${as?.version ?? ''}`
  return {
    change({ type, object, change }) {
      const key = `${type} ${name}`
      const known = form.shared ? change.frames.get(key) : undefined
      if (known) return known
      const made = as ? frame(type, form.of(served.objectOf(object))) : whole(type, object)
      if (form.shared) change.frames.set(key, made)
      return made
    },
    bookmark(revision, endsInitialEvents) {
      const { kind } = served.form
      const annotations = endsInitialEvents ? { annotations: initialEventsEnd } : {}
      const metadata = { resourceVersion: String(revision), ...annotations }
      return frame(
        'BOOKMARK',
        form.of({ kind: kind.kind, apiVersion: apiVersionOf(kind), metadata }, { marked: endsInitialEvents }),
      )
    },
    error: (status) => frame('ERROR', { kind: 'Status', apiVersion: 'v1', ...status }),
  }
}

interface Form {
  /** Whether all watchers of this form see the same. */
  readonly shared: boolean
  /** `bookmark`: the object has metadata alone; its annotations matter where it is `marked`, whatever is asked for. */
  of(object: DeepReadonly<KubeObject>, bookmark?: { readonly marked: boolean }): object
}

function formOf(served: Served, as: Target | undefined, include: IncludeObject, now: () => number): Form {
  if (!as) return { shared: true, of: (object) => object }
  if (as.kind !== 'Table') return { shared: true, of: (object) => partialOf(object, as) }
  let columns = true
  return {
    // Only the first table of a watch says what its columns are.
    shared: false,
    of(object, bookmark) {
      const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' }
      const shown = bookmark?.marked && include === 'None' ? 'Metadata' : include
      const bare = bookmark !== undefined
      const table = tableOf(served, [object], { target: as, include: shown, now: now(), metadata, columns, bare })
      columns = false
      return table
    },
  }
}

function jsonBytesFrame(type: string, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), bytes, Buffer.from('}\n')])
}

function jsonFrame(type: string, object: object): Buffer {
  return Buffer.from(`{"type":"${type}","object":${stringifyJSON(object)}}\n`)
}

function protobufFrame(type: string, object: object): Buffer {
  return bufferOf(encodeWatchFrame(type, encodeProtobuf(Object(object))))
}
