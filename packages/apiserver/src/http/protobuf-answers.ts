import { apiVersionOf, type Kind, type ListMeta } from '@wherry/api'
import { encodeMessage, encodeVarint, envelopeEnd, envelopeStart } from '@wherry/apimachinery'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'

/** The start of an object's envelope, and of a list's. */
interface Envelopes {
  readonly object: Buffer
  readonly list: Buffer
}

const known = new WeakMap<Kind, Envelopes>()
const end = bufferOf(envelopeEnd)
const listMeta = 'apimachinery.pkg.apis.meta.v1.ListMeta'

/** The tags of `metadata` and `items`, which are the same in every list. */
const metadataTag = 0x0a
const itemTag = 0x12

function envelopesOf(kind: Kind): Envelopes {
  const found = known.get(kind)
  if (found) return found
  const apiVersion = apiVersionOf(kind)
  const made = {
    object: bufferOf(envelopeStart(apiVersion, kind.kind)),
    list: bufferOf(envelopeStart(apiVersion, `${kind.kind}List`)),
  }
  known.set(kind, made)
  return made
}

/** The object's fields as a protobuf message: encoded once, and kept while it is the latest and there is room. */
export function messageOf(served: Served, object: CachedObject): Uint8Array {
  const { cache, form } = served
  const make = () => encodeMessage(form.kind.typeName, { ...served.objectOf(object) })
  if (served.definition !== served.stored) return make()
  return cache.messages.of(object, make, () => cache.get(object.key) === object)
}

/** An object in its envelope, piece by piece. */
export function objectPieces(served: Served, object: CachedObject): Buffer[] {
  const message = messageOf(served, object)
  return [envelopesOf(served.form.kind).object, lengthOf(message.length), bufferOf(message), end]
}

/** How many messages are made before others get their turn. */
const turn = 250

/** A list in its envelope, around the messages of its items. */
export async function listPieces(
  served: Served,
  { objects, metadata }: { readonly objects: readonly CachedObject[]; readonly metadata: ListMeta },
): Promise<Buffer[]> {
  const meta = encodeMessage(listMeta, { ...metadata })
  const metaHead = headOf(metadataTag, meta.length)
  const pieces: Buffer[] = [metaHead, bufferOf(meta)]
  let length = metaHead.length + meta.length
  let made = 0
  for (const object of objects) {
    if (!served.cache.messages.has(object) && ++made % turn === 0) await new Promise(setImmediate)
    const message = messageOf(served, object)
    const head = headOf(itemTag, message.length)
    pieces.push(head, bufferOf(message))
    length += head.length + message.length
  }
  return [envelopesOf(served.form.kind).list, lengthOf(length), ...pieces, end]
}

function headOf(tag: number, length: number): Buffer {
  if (length < 0x80) return Buffer.from([tag, length])
  if (length < 0x4000) return Buffer.from([tag, (length & 0x7f) | 0x80, length >> 7])
  return Buffer.concat([Buffer.from([tag]), encodeVarint(length)])
}

const lengthOf = (length: number): Buffer => bufferOf(encodeVarint(length))

/** The same bytes as a buffer. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
