import { isDeepStrictEqual } from 'node:util'
import { CelType } from '../types/types.ts'
import { Opaque } from '../values/value.ts'

const unknownType = new CelType('opaque', 'unknown')

/** Data under x-kubernetes-preserve-unknown-fields: it can be compared as a whole, and nothing else. */
export class Preserved extends Opaque {
  readonly #json: unknown

  constructor(json: unknown) {
    super()
    this.#json = json
  }

  get type(): CelType {
    return unknownType
  }

  equals(other: Opaque): boolean {
    return other instanceof Preserved && isDeepStrictEqual(this.#json, other.#json)
  }

  toString(): string {
    return JSON.stringify(this.#json)
  }
}
