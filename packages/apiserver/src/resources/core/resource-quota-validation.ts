import type { ResourceQuota } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldNotSupported,
  semanticEqual,
  fieldInvalid,
} from '@wherry/apimachinery'
import { validateQuantity } from '../quantities.ts'

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]

/** As `ValidateResourceQuota`. */
export function validateResourceQuota({ spec }: DeepReadonly<ResourceQuota>): FieldError[] {
  const errors = Object.entries(spec?.hard ?? {}).flatMap(([name, text]) =>
    validateQuantity(text, `spec.hard[${name}]`),
  )
  for (const scope of spec?.scopes ?? []) {
    if (!scopes.includes(scope)) errors.push(fieldNotSupported('spec.scopes', scope, scopes))
  }
  return errors
}

export function validateResourceQuotaUpdate(
  quota: DeepReadonly<ResourceQuota>,
  old: DeepReadonly<ResourceQuota>,
): FieldError[] {
  const same = semanticEqual(quota.spec?.scopes, old.spec?.scopes)
  return same ? [] : [fieldInvalid('spec.scopes', quota.spec?.scopes ?? [], 'field is immutable')]
}
