import type { KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { decodeStored } from './wire.ts'

/** What a selector looks at, kept beside the bytes so that selecting parses nothing. */
export interface Selectable {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>> | undefined
  /** The kind's selectable fields, in the order of its declaration. */
  readonly fields: readonly string[]
}

/** One version of one object: the bytes that go on the wire, and what selectors need. */
export class CachedObject implements Selectable {
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>> | undefined
  readonly fields: readonly string[]
  readonly revision: number
  /** The object's JSON and a newline. */
  readonly bytes: Buffer
  #parsed: WeakRef<DeepReadonly<KubeObject>> | undefined

  constructor(selectable: Selectable, revision: number, bytes: Buffer, parsed?: DeepReadonly<KubeObject>) {
    this.namespace = selectable.namespace
    this.name = selectable.name
    this.labels = selectable.labels
    this.fields = selectable.fields
    this.revision = revision
    this.bytes = bytes
    if (parsed) this.#parsed = new WeakRef(parsed)
  }

  /** The object's key in its resource: `namespace/name`, or the name of a cluster-scoped object. */
  get key(): string {
    return this.namespace === '' ? this.name : `${this.namespace}/${this.name}`
  }

  /** The parsed object, shared by all who ask: parsed again when the garbage collector has taken it. */
  object(): DeepReadonly<KubeObject> {
    const known = this.#parsed?.deref()
    if (known) return known
    const parsed = this.copy()
    this.#parsed = new WeakRef(parsed)
    return parsed
  }

  /** A copy of the object for a caller that changes it. */
  copy(): KubeObject {
    return decodeStored(this.bytes)
  }
}
