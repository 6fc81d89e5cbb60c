import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from '@wherry/api'
import {
  child,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  index,
} from '../errors/field-errors.ts'
import { compareUtf8, type DeepReadonly, semanticEqual } from '../meta/deep.ts'
import { goQuote } from '../values/go-quote.ts'
import { validateLabels } from './labels.ts'
import {
  byteLength,
  isQualifiedName,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  namePrefix,
  type ValidateName,
} from './names.ts'

export const totalAnnotationSizeLimit = 256 * 1024
const negativeMessage = 'must be greater than or equal to 0'
/** What a change of an immutable field is refused with. */
export const immutableMessage = 'field is immutable'

type Meta = DeepReadonly<ObjectMeta>

/**
 * Refusals of a new object's metadata, in upstream's words and order: api/validation, `ValidateObjectMeta`. The name
 * must be generated already. `validateName` defaults to DNS subdomains.
 */
export function validateObjectMeta(
  meta: Meta,
  options: { readonly namespaced: boolean; readonly validateName?: ValidateName },
  field = 'metadata',
): FieldError[] {
  const { namespaced, validateName = nameIsDNSSubdomain } = options
  const errors: FieldError[] = []
  const refuse = (name: string, value: string, details: readonly string[]) =>
    errors.push(...details.map((detail) => fieldInvalid(child(field, name), value, detail)))
  const { name = '', generateName = '', namespace = '' } = meta
  if (generateName !== '') refuse('generateName', generateName, validateName(namePrefix(generateName), true))
  if (name === '') errors.push(fieldRequired(child(field, 'name'), 'name or generateName is required'))
  else refuse('name', name, validateName(name, false))
  if (!namespaced && namespace !== '')
    errors.push(fieldForbidden(child(field, 'namespace'), 'not allowed on this type'))
  if (namespaced && namespace === '') errors.push(fieldRequired(child(field, 'namespace')))
  if (namespaced && namespace !== '') refuse('namespace', namespace, nameIsDNSLabel(namespace, false))
  if ((meta.generation ?? 0) < 0)
    errors.push(fieldInvalid(child(field, 'generation'), meta.generation, negativeMessage))
  return [
    ...errors,
    ...validateLabels(meta.labels, child(field, 'labels')),
    ...validateAnnotations(meta.annotations, child(field, 'annotations')),
    ...validateOwnerReferences(meta.ownerReferences ?? [], child(field, 'ownerReferences')),
    ...validateFinalizers(meta.finalizers ?? [], child(field, 'finalizers')),
    ...validateManagedFields(meta.managedFields ?? [], child(field, 'managedFields')),
  ]
}

/** Refusals of a change of metadata. As upstream: api/validation, `ValidateObjectMetaUpdate`. */
export function validateObjectMetaUpdate(meta: Meta, old: Meta, field = 'metadata'): FieldError[] {
  const errors: FieldError[] = []
  const at = (name: string) => child(field, name)
  if (old.deletionTimestamp) {
    const added = [...new Set(meta.finalizers)].filter((finalizer) => !old.finalizers?.includes(finalizer))
    if (added.length > 0) {
      const list = `[]string{${added.sort(compareUtf8).map(goQuote).join(', ')}}`
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${list}`
      errors.push(fieldForbidden(at('finalizers'), detail))
    }
  }
  if (!meta.resourceVersion) errors.push(fieldInvalid(at('resourceVersion'), '', 'must be specified for an update'))
  const { generation = 0 } = meta
  if (generation < 0) errors.push(fieldInvalid(at('generation'), generation, negativeMessage))
  if (generation < (old.generation ?? 0)) {
    errors.push(fieldInvalid(at('generation'), generation, 'must not be decremented'))
  }
  for (const name of ['name', 'namespace', 'uid'] as const) {
    errors.push(...validateImmutable(at(name), meta[name] ?? '', old[name] ?? ''))
  }
  for (const name of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    errors.push(...validateImmutable(at(name), meta[name], old[name]))
  }
  return [
    ...errors,
    ...validateLabels(meta.labels, at('labels')),
    ...validateAnnotations(meta.annotations, at('annotations')),
    ...validateOwnerReferences(meta.ownerReferences ?? [], at('ownerReferences')),
    ...validateManagedFields(meta.managedFields ?? [], at('managedFields')),
  ]
}

/** One refusal where the field has changed; null, absent and empty are the same. */
export function validateImmutable(field: string, value: unknown, old: unknown): FieldError[] {
  return semanticEqual(value, old) ? [] : [fieldInvalid(field, value, immutableMessage)]
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    size += byteLength(key) + byteLength(value)
    // Unlike in labels, capital letters may stand in the prefix.
    for (const detail of isQualifiedName(key.toLowerCase())) errors.push(fieldInvalid(field, key, detail))
  }
  if (size > totalAnnotationSizeLimit) errors.push(fieldTooLong(field, '', totalAnnotationSizeLimit))
  return errors
}

function validateOwnerReferences(references: DeepReadonly<OwnerReference[]>, field: string): FieldError[] {
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const [i, reference] of references.entries()) {
    errors.push(...validateOwnerReference(reference, index(field, i)))
    if (reference.controller !== true) continue
    const name = `${reference.kind}/${reference.name}`
    if (controller === undefined) controller = name
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`
      errors.push(fieldInvalid(field, references, detail))
    }
  }
  return errors
}

function validateOwnerReference(reference: DeepReadonly<OwnerReference>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { apiVersion = '' } = reference
  if (apiVersion === '') errors.push(fieldRequired(child(field, 'apiVersion'), 'must not be empty'))
  else if (!/^([^/]*\/)?[^/]+$/.test(apiVersion)) {
    errors.push(fieldInvalid(child(field, 'apiVersion'), apiVersion, 'must be <group>/<version> or <version>'))
  }
  for (const name of ['kind', 'name', 'uid'] as const) {
    if (!reference[name]) errors.push(fieldRequired(child(field, name), 'must not be empty'))
  }
  if (apiVersion === 'v1' && reference.kind === 'Event') {
    errors.push(fieldInvalid(field, reference, '/v1, Kind=Event is disallowed from being an owner'))
  }
  return errors
}

function validateFinalizers(finalizers: readonly string[], field: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) =>
    isQualifiedName(finalizer).map((detail) => fieldInvalid(field, finalizer, detail)),
  )
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(fieldInvalid(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'))
  }
  return errors
}

function validateManagedFields(entries: DeepReadonly<ManagedFieldsEntry[]>, field: string): FieldError[] {
  return entries.flatMap((entry, i) => {
    const path = index(field, i)
    const errors: FieldError[] = []
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry
    if (operation === '') errors.push(fieldRequired(child(path, 'operation'), 'must not be empty'))
    else if (operation !== 'Apply' && operation !== 'Update') {
      errors.push(fieldNotSupported(child(path, 'operation'), operation, ['Apply', 'Update']))
    }
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      errors.push(fieldInvalid(child(path, 'fieldsType'), fieldsType, 'must be `FieldsV1`'))
    }
    errors.push(...validateFieldManager(manager, child(path, 'manager')))
    if (byteLength(subresource) > 256) errors.push(fieldTooLong(child(path, 'subresource'), '', 256))
    return errors
  })
}

/** Refusals of a field manager's name: at most 128 bytes, all of them printable. */
export function validateFieldManager(manager: string, field: string): FieldError[] {
  const errors = byteLength(manager) > 128 ? [fieldTooLong(field, '', 128)] : []
  let position = 0
  for (const char of manager) {
    if (/[^\P{C}]|[^\P{Z} ]/u.test(char)) {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      errors.push(fieldInvalid(field, manager, `invalid character U+${code} (at position ${position})`))
    }
    position += byteLength(char)
  }
  return errors
}
