import { apiVersionOf, type Kind, type KubeObject } from '@wherry/api'
import { parseJSON, stringifyJSON } from '@wherry/apimachinery'

/**
 * The one JSON form of an object, in storage and on the wire:
 *
 *     {"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"","name":…}…}\n
 *     ╰──────────── head ───────────╯                              ╰ the revision goes here
 *
 * The revision is known only once the write is committed, so storage holds an empty resourceVersion at a known offset,
 * and the cache inserts the digits without serialising again.
 */
export interface WireForm {
  readonly kind: Kind
  /** Objects of several versions lie beside each other: each tells by itself where its revision goes. */
  readonly mixed?: boolean
  /** Bytes in front of `"metadata"`, from the opening brace: items of a list go without what follows that brace. */
  readonly head: number
  /** Where the digits of the revision begin. */
  readonly revisionAt: number
}

const quote = 0x22
const newline = 0x0a

export function wireFormOf(kind: Kind, mixed = false): WireForm {
  const head = `{"kind":${JSON.stringify(kind.kind)},"apiVersion":${JSON.stringify(apiVersionOf(kind))},`
  return {
    kind,
    mixed,
    head: Buffer.byteLength(head),
    revisionAt: Buffer.byteLength(`${head}"metadata":{"resourceVersion":"`),
  }
}

/** The bytes to store. */
export function encodeStored(form: WireForm, object: KubeObject): Buffer {
  const { kind: _kind, apiVersion, metadata, ...rest } = object
  const { resourceVersion: _revision, ...meta } = metadata
  return Buffer.from(
    `${stringifyJSON({
      kind: form.kind.kind,
      apiVersion: form.mixed ? apiVersion : apiVersionOf(form.kind),
      metadata: { resourceVersion: '', ...meta },
      ...rest,
    })}\n`,
  )
}

/** An integer that a double may not hold, in JSON without spaces; in a string it does no harm to be careful. */
const longInteger = /[[:,]-?\d{16}/

/** The object that stored or wire bytes stand for. */
export function decodeStored(bytes: Buffer): KubeObject {
  const text = bytes.toString('utf8')
  if (!longInteger.test(text)) return JSON.parse(text)
  const object: KubeObject = Object(parseJSON(text))
  return object
}

/** Stored bytes as they go on the wire at a revision. */
export function withRevision(form: WireForm, stored: Uint8Array, revision: number): Buffer {
  const at = revisionOffset(form, stored)
  return insert(stored, at, at, String(revision))
}

/** Wire bytes with another revision, as a deleted object has. */
export function replaceRevision(form: WireForm, wire: Uint8Array, revision: number): Buffer {
  const at = revisionOffset(form, wire)
  return insert(wire, at, wire.indexOf(quote, at), String(revision))
}

const revisionMark = '"metadata":{"resourceVersion":"'

function revisionOffset({ mixed, revisionAt }: WireForm, bytes: Uint8Array): number {
  if (!mixed) return revisionAt
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(revisionMark) + revisionMark.length
}

/** The item of a list: its brace has been written by who calls. */
export function listItem(form: WireForm, wire: Buffer): Buffer {
  return wire.subarray(form.head, wire.length - 1)
}

/** An object without the newline that ends a response. */
export function withoutNewline(wire: Buffer): Buffer {
  return wire[wire.length - 1] === newline ? wire.subarray(0, wire.length - 1) : wire
}

function insert(source: Uint8Array, from: number, to: number, digits: string): Buffer {
  // Of its own, not of the pool: these buffers live as long as the object, and would hold the pool's 8 KiB with them.
  const bytes = Buffer.allocUnsafeSlow(source.length - (to - from) + digits.length)
  bytes.set(source.subarray(0, from), 0)
  bytes.write(digits, from, 'latin1')
  bytes.set(source.subarray(to), from + digits.length)
  return bytes
}
