import type { ObjectMeta } from './generated/types.ts'

/** What every stored object has. */
export interface KubeObject {
  apiVersion?: string
  kind?: string
  metadata: ObjectMeta
}

/** Names one kind of object and carries its type, so that generic functions know what they return. */
export interface Kind<T extends KubeObject = KubeObject> {
  /** The API group; empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The plural name in paths, such as `pods`. */
  readonly resource: string
  readonly singular: string
  readonly namespaced: boolean
  /** The kind's entry in the field table. */
  readonly typeName: string
  /** Never set: it binds the token to its type. */
  readonly __type?: T
}

/** The `apiVersion` of a kind: `v1` or `group/version`. */
export function apiVersionOf(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
}
