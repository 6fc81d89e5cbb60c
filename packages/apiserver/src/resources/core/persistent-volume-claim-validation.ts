import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimTemplate } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  semanticEqual,
  validateAnnotations,
  validateLabelSelector,
  validateLabels,
} from '@wherry/apimachinery'
import { immutable, refusals } from '../fields.ts'
import { tryParse } from '../quantities.ts'
import { validateAccessModes, validateBasic, validatePositive } from './persistent-volume-validation.ts'
import { difference } from './pod/validation/difference.ts'
import { ratchet } from './pod/validation/context.ts'
import { demand } from './volume-sources.ts'

type Value = DeepReadonly<PersistentVolumeClaim>
type Spec = DeepReadonly<PersistentVolumeClaimSpec>

const betaClass = 'volume.beta.kubernetes.io/storage-class'
const classChange = 'spec.volumeAttributesClassName'
const fixedDetail =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'

/** As `ValidatePersistentVolumeClaim`. */
export function validateClaim(claim: Value, old?: Value): FieldError[] {
  return claim.spec ? validateClaimSpec(claim.spec, 'spec', old?.spec) : [fieldRequired('spec')]
}

/** What an ephemeral volume's claim is made of: labels and annotations, and nothing else of metadata. */
export function validateClaimTemplate(
  { metadata = {}, spec }: DeepReadonly<PersistentVolumeClaimTemplate>,
  field: string,
): FieldError[] {
  const errors = [
    ...validateAnnotations(metadata.annotations, `${field}.metadata.annotations`),
    ...validateLabels(metadata.labels, `${field}.metadata.labels`),
  ]
  for (const [name, value] of Object.entries(metadata)) {
    if (name === 'annotations' || name === 'labels' || name === 'creationTimestamp' || !value) continue
    errors.push(fieldForbidden(`${field}.metadata.${name}`, 'cannot be set'))
  }
  return [...errors, ...validateClaimSpec(spec, `${field}.spec`)]
}

/** As `ValidatePersistentVolumeClaimSpec`. */
export function validateClaimSpec(spec: Spec, field: string, old?: Spec): FieldError[] {
  const errors: FieldError[] = []
  if (!spec.accessModes?.length) {
    errors.push(fieldRequired(`${field}.accessModes`, 'at least 1 access mode is required'))
  }
  errors.push(
    ...ratchet(validateLabelSelector(spec.selector, `${field}.selector`), () =>
      validateLabelSelector(old?.selector, ''),
    ),
    ...validateAccessModes(spec.accessModes, `${field}.accessModes`),
  )
  const storage = spec.resources?.requests?.storage
  if (storage === undefined) errors.push(fieldRequired(`${field}.resources[storage]`))
  else errors.push(...validatePositive(storage, `${field}.resources[storage]`))
  for (const name of ['storageClassName', 'volumeAttributesClassName'] as const) {
    const value = spec[name]
    if (name === 'volumeAttributesClassName') errors.push(...validateModeAndSource(spec, field, old))
    if (value) errors.push(...refusals(`${field}.${name}`, value, isDNS1123Subdomain(value)))
  }
  return errors
}

function validateModeAndSource(spec: Spec, field: string, old: Spec | undefined): FieldError[] {
  const { volumeMode, dataSource, dataSourceRef } = spec
  const errors: FieldError[] = []
  if (volumeMode !== undefined && volumeMode !== 'Block' && volumeMode !== 'Filesystem') {
    errors.push(fieldNotSupported(`${field}.volumeMode`, volumeMode, ['Block', 'Filesystem']))
  }
  const anyGroup = old?.dataSource?.apiGroup !== undefined || old?.dataSourceRef?.apiGroup !== undefined
  if (dataSource) errors.push(...validateDataSource(dataSource, anyGroup, `${field}.dataSource`))
  if (dataSourceRef) {
    errors.push(...validateDataSource(dataSourceRef, anyGroup, `${field}.dataSourceRef`))
    const { namespace } = dataSourceRef
    if (namespace) errors.push(...refusals(`${field}.dataSourceRef.namespace`, namespace, isDNS1123Label(namespace)))
  }
  if (!dataSource || !dataSourceRef) return errors
  // A path is what upstream shows as the value.
  const value = {}
  if (dataSourceRef.namespace) {
    return [...errors, fieldInvalid(field, value, 'may not be specified when dataSourceRef.namespace is specified')]
  }
  const { namespace: _, ...local } = dataSourceRef
  return deepEqual(dataSource, local) ? errors : [...errors, fieldInvalid(field, value, 'must match dataSourceRef')]
}

function validateDataSource(
  source: { readonly apiGroup?: string; readonly kind?: string; readonly name?: string },
  anyGroup: boolean,
  field: string,
): FieldError[] {
  const errors = demand(source, field, 'name', 'kind')
  const { apiGroup = '', kind = '' } = source
  if (apiGroup === '') {
    if (kind === 'PersistentVolumeClaim') return errors
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
    return [...errors, fieldInvalid(field, kind, detail)]
  }
  return anyGroup ? errors : [...errors, ...refusals(`${field}.apiGroup`, apiGroup, isDNS1123Subdomain(apiGroup))]
}

/** Once bound, a claim may grow; before, it may be bound. As `ValidatePersistentVolumeClaimUpdate`. */
export function validateClaimUpdate(claim: Value, old: Value): FieldError[] {
  const errors: FieldError[] = []
  const [spec, before]: [Partial<Spec>, Partial<Spec>] = [claim.spec ?? {}, old.spec ?? {}]
  const [annotation, oldAnnotation] = [claim.metadata.annotations?.[betaClass], old.metadata.annotations?.[betaClass]]
  const upgraded =
    oldAnnotation !== undefined &&
    before.storageClassName === undefined &&
    spec.storageClassName === oldAnnotation &&
    (annotation === undefined || annotation === oldAnnotation)
  if (!upgraded && (annotation ?? '') !== (oldAnnotation ?? '')) {
    const field = `metadata.annotations.${betaClass}`
    errors.push(fieldInvalid(field, annotation ?? '', 'field is immutable'))
  }
  // The class may be set once where it was left open.
  const classSet =
    before.storageClassName === undefined &&
    spec.storageClassName !== undefined &&
    (oldAnnotation === undefined || spec.storageClassName === oldAnnotation)
  const munged = munge(spec, before, old.status?.phase === 'Bound', upgraded || classSet)
  const was = before.volumeName ? before : { ...before, volumeName: spec.volumeName }
  if (!semanticEqual(munged, was)) {
    errors.push(fieldForbidden('spec', `${fixedDetail}\n${difference(was, munged)}`))
  }
  const [now, then] = [
    tryParse(spec.resources?.requests?.storage ?? ''),
    tryParse(before.resources?.requests?.storage ?? ''),
  ]
  const current = tryParse(old.status?.capacity?.storage ?? '0')
  if (now && then && now.cmp(then) < 0 && current && now.cmp(current) <= 0) {
    errors.push(fieldForbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'))
  }
  errors.push(...immutable('volumeMode', spec.volumeMode, before.volumeMode))
  if (before.volumeAttributesClassName === undefined) return errors
  if (spec.volumeAttributesClassName === undefined) {
    errors.push(fieldForbidden(classChange, 'update from non-nil value to nil is forbidden'))
  } else if (spec.volumeAttributesClassName === '' && before.volumeAttributesClassName !== '') {
    errors.push(fieldForbidden(classChange, 'update from non-nil value to an empty string is forbidden'))
  }
  return errors
}

/** The new spec with the old one's values where a change is allowed. */
function munge(spec: Partial<Spec>, old: Partial<Spec>, bound: boolean, classSet: boolean): Partial<Spec> {
  const munged: Record<string, unknown> = { ...spec }
  if (classSet) munged.storageClassName = old.storageClassName
  if (!bound) return munged
  const requests = spec.resources?.requests
  if (requests) {
    const { storage: _, ...others } = requests
    const storage = old.resources?.requests?.storage
    munged.resources = { ...spec.resources, requests: storage === undefined ? others : { ...others, storage } }
  }
  if (spec.volumeAttributesClassName !== undefined) munged.volumeAttributesClassName = old.volumeAttributesClassName
  return munged
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort()

/** As `ValidatePersistentVolumeClaimStatusUpdate`. */
export function validateClaimStatus({ status = {}, spec }: Value): FieldError[] {
  const errors: FieldError[] = spec?.accessModes?.length ? [] : [fieldRequired('Spec.accessModes')]
  for (const [name, text] of Object.entries(status.capacity ?? {})) {
    errors.push(...validateBasic(text, `status.capacity[${name}]`))
  }
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    const field = 'status.allocatedResourceStatus'
    errors.push(...validateResourceKey(name, field))
    if (!resizeStates.includes(state)) errors.push(fieldNotSupported(field, name, resizeStates))
  }
  for (const [name, text] of Object.entries(status.allocatedResources ?? {})) {
    const refused = validateResourceKey(name, 'status.allocatedResources')
    errors.push(...(refused.length > 0 ? refused : validateBasic(text, `status.allocatedResources[${name}]`)))
  }
  return errors
}

/** Kubernetes' own resources of a volume are its storage. */
function validateResourceKey(name: string, field: string): FieldError[] {
  const refused = refusals(field, name, isQualifiedName(name))
  const native = !name.includes('/') || name.includes('kubernetes.io/')
  if (refused.length > 0 || !native || name === 'storage') return refused
  return [fieldNotSupported(field, name, ['storage'])]
}
