import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Subdomain,
  semanticEqual,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { tryParse } from '../quantities.ts'
import { validateAccessModes, validatePositive } from './persistent-volume-validation.ts'

type Value = DeepReadonly<PersistentVolumeClaim>

const forbidden =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** As `ValidatePersistentVolumeClaim`. */
export function validateClaim(claim: Value): FieldError[] {
  return claim.spec ? validateClaimSpec(claim.spec, 'spec') : [fieldRequired('spec')]
}

/** Also of the claims that a pod's ephemeral volumes make. */
export function validateClaimSpec(spec: DeepReadonly<PersistentVolumeClaimSpec>, field: string): FieldError[] {
  const errors = validateAccessModes(spec.accessModes, `${field}.accessModes`)
  if (spec.selector) errors.push(...validateLabelSelector(spec.selector, `${field}.selector`))
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) errors.push(fieldRequired(`${field}.resources[storage]`))
  else errors.push(...validatePositive(storage, `${field}.resources[storage]`))
  const name = spec.storageClassName
  if (name) errors.push(...refusals(`${field}.storageClassName`, name, isDNS1123Subdomain(name)))
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Block' && spec.volumeMode !== 'Filesystem') {
    errors.push(fieldNotSupported(`${field}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']))
  }
  return errors
}

/** Once bound, a claim may grow; before, it may be bound. As `ValidatePersistentVolumeClaimUpdate`. */
export function validateClaimUpdate(claim: Value, old: Value): FieldError[] {
  const errors: FieldError[] = []
  if (!semanticEqual(fixedPart(claim.spec, old), fixedPart(old.spec, old))) {
    errors.push(fieldForbidden('spec', forbidden))
  }
  const before = tryParse(old.spec?.resources?.requests?.storage ?? '')
  const after = tryParse(claim.spec?.resources?.requests?.storage ?? '')
  const current = tryParse(old.status?.capacity?.storage ?? '')
  if (before && after && after.cmp(before) < 0 && !(current && after.cmp(current) > 0)) {
    errors.push(fieldForbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  if (claim.spec?.volumeMode !== old.spec?.volumeMode) {
    errors.push(fieldInvalid('spec.volumeMode', claim.spec?.volumeMode, 'field is immutable'))
  }
  return errors
}

function fixedPart(spec: DeepReadonly<PersistentVolumeClaimSpec> | undefined, old: Value): object {
  const { volumeAttributesClassName: _, resources, ...rest } = spec ?? {}
  // The volume is set when the claim is bound, and the class may be set once where it was left open.
  const bound = old.status?.phase === 'Bound'
  const { volumeName, storageClassName, ...fixed } = rest
  return {
    ...fixed,
    limits: resources?.limits,
    ...(old.spec?.volumeName ? { volumeName } : {}),
    ...(old.spec?.storageClassName === undefined ? {} : { storageClassName }),
    ...(bound ? {} : { requests: resources?.requests }),
  }
}
