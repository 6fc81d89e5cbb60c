import type { ParamKind, ParamRef } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

const unset = '<unset>'

/** A policy's parameters as its table shows them. */
export function paramKindText(kind: DeepReadonly<ParamKind> | undefined): string {
  return kind ? `${kind.apiVersion ?? ''}/${kind.kind ?? ''}` : unset
}

/** A binding's parameters: by name, by selector, or none. */
export function paramRefText(ref: DeepReadonly<ParamRef> | undefined): string {
  if (!ref) return unset
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : `*/${ref.name}`
  return ref.selector ? '<selector>' : unset
}
