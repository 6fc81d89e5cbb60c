import type { KubeObject } from '@wherry/api'
import {
  type DeepReadonly,
  deepClone,
  deepEqual,
  type FieldError,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '@wherry/apimachinery'
import { validateFinalizerNames } from './finalizer-names.ts'
import type { RequestFacts, ResourceDefinition } from './resource.ts'
import { keepSystemFields } from './system-fields.ts'

type WithStatus = KubeObject & { status?: unknown }

/** What the server sets on a new object, after defaults and mutating admission. */
export function prepareForCreate(definition: ResourceDefinition, object: WithStatus, facts: RequestFacts): void {
  if (definition.generation) object.metadata.generation = 1
  else delete object.metadata.generation
  if (definition.status && !definition.status.keepOnCreate) {
    const initial = definition.status.initial?.(object)
    if (initial === undefined) delete object.status
    else object.status = initial
  }
  definition.prepareForCreate?.(object, facts)
}

/**
 * Puts back what this path may not change: the status for writes of the object, everything but status and metadata
 * for writes of the status, and what a subresource says for that one. A changed spec moves the generation.
 */
export function prepareForUpdate(
  definition: ResourceDefinition,
  subresource: string,
  object: WithStatus,
  old: DeepReadonly<WithStatus>,
  facts: RequestFacts,
): void {
  if (old.metadata.generation === undefined) delete object.metadata.generation
  else object.metadata.generation = old.metadata.generation
  if (subresource === 'status') {
    keepAllButStatus(object, old)
    definition.status?.prepareForUpdate?.(object, old, facts)
  } else if (subresource !== '' && definition.subresources?.[subresource]) {
    definition.subresources[subresource].prepareForUpdate(object, old, facts)
  } else {
    if (definition.status) {
      if (old.status === undefined) delete object.status
      else object.status = deepClone(old.status)
    }
    definition.prepareForUpdate?.(object, old, facts)
  }
  const keepsGeneration = subresource === 'status' || definition.subresources?.[subresource]?.keepsGeneration
  if (definition.generation && !keepsGeneration && specChanged(object, old, definition.status !== undefined)) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1
  }
  keepSystemFields(object.metadata, old.metadata)
}

export function validateCreate(definition: ResourceDefinition, object: DeepReadonly<KubeObject>): FieldError[] {
  return [...metaErrors(definition, object), ...(definition.validate?.(object) ?? [])]
}

export function validateUpdate(
  definition: ResourceDefinition,
  subresource: string,
  object: DeepReadonly<KubeObject>,
  old: DeepReadonly<KubeObject>,
): FieldError[] {
  const errors = [
    ...metaErrors(definition, object),
    ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata'),
  ]
  if (subresource === 'status') errors.push(...(definition.status?.validateUpdate?.(object, old) ?? []))
  else if (subresource !== '' && definition.subresources?.[subresource]) {
    errors.push(...(definition.subresources[subresource].validateUpdate?.(object, old) ?? []))
  } else errors.push(...(definition.validate?.(object, old) ?? []), ...(definition.validateUpdate?.(object, old) ?? []))
  return errors
}

function metaErrors(definition: ResourceDefinition, object: DeepReadonly<KubeObject>): FieldError[] {
  const { kind } = definition
  const validateName = definition.validateName?.bind(definition)
  const names = validateName ? { validateName } : {}
  return [
    ...validateObjectMeta(object.metadata, { namespaced: kind.namespaced, ...names }, 'metadata'),
    ...validateFinalizerNames(definition, object.metadata),
  ]
}

/** The parts of the old object are shared: nothing changes them from here on. */
function keepAllButStatus(object: KubeObject, old: DeepReadonly<KubeObject>): void {
  const target: Record<string, unknown> = Object(object)
  const source: Readonly<Record<string, unknown>> = Object(old)
  for (const key of new Set([...Object.keys(target), ...Object.keys(source)])) {
    if (key === 'status' || key === 'metadata' || key === 'kind' || key === 'apiVersion') continue
    if (source[key] === undefined) delete target[key]
    else target[key] = source[key]
  }
}

/** A status that has no path of its own is a part of what users ask for. */
function specChanged(object: KubeObject, old: DeepReadonly<KubeObject>, hasStatus: boolean): boolean {
  const strip = ({ kind: _k, apiVersion: _v, metadata: _m, ...rest }: DeepReadonly<KubeObject>) =>
    hasStatus ? { ...rest, status: undefined } : rest
  return !deepEqual(strip(object), strip(old))
}
