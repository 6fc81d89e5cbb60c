import type { Kind, KubeObject } from '@wherry/api'
import { type DeepReadonly, forbidden, type StatusError } from '@wherry/apimachinery'
import type { AdmissionAttributes } from './admission.ts'

/** Whether a write is to this kind, or to a subresource of it. */
export function isFor(attributes: AdmissionAttributes, kind: Kind, subresource = ''): boolean {
  const { resource } = attributes
  return resource.resource === kind.resource && resource.group === kind.group && attributes.subresource === subresource
}

/** The object of a write to this kind; undefined for writes to others and to subresources. */
export function objectOf<T extends KubeObject>(attributes: AdmissionAttributes, kind: Kind<T>): T | undefined {
  return isFor(attributes, kind) && isA(attributes.object, kind) ? attributes.object : undefined
}

/** What a write replaces, whatever the subresource; undefined for writes to other kinds. */
export function oldOf<T extends KubeObject>({ old }: AdmissionAttributes, kind: Kind<T>): DeepReadonly<T> | undefined {
  return old && (old.kind === undefined || old.kind === kind.kind) ? Object(old) : undefined
}

/** The path that an object came on decides its type: its decoder has checked it against that. */
export function isA<T extends KubeObject>(
  object: KubeObject | undefined,
  kind: Pick<Kind<T>, 'kind' | '__type'>,
): object is T {
  return object !== undefined && (object.kind === undefined || object.kind === kind.kind)
}

/** The 403 with which admission refuses a write (apiserver `admission/errors.go`). */
export function refusal(attributes: AdmissionAttributes, cause: string): StatusError {
  const { resource, name, object } = attributes
  const known = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown'
  return forbidden({ group: resource.group, resource: resource.resource }, known, cause)
}
