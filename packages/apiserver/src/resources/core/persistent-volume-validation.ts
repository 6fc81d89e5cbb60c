import type { PersistentVolume, PersistentVolumeSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Subdomain,
  semanticEqual,
} from '@wherry/apimachinery'
import { immutable, refusals, unchanged } from '../fields.ts'
import { tryParse, validateQuantity } from '../quantities.ts'

type Value = DeepReadonly<PersistentVolume>

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const modes = ['Block', 'Filesystem']
const policies = ['Delete', 'Recycle', 'Retain']

/** The sources that a volume can have: exactly one. */
const sources = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'csi',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'glusterfs',
  'hostPath',
  'iscsi',
  'local',
  'nfs',
  'photonPersistentDisk',
  'portworxVolume',
  'quobyte',
  'rbd',
  'scaleIO',
  'storageos',
  'vsphereVolume',
] as const satisfies readonly (keyof PersistentVolumeSpec)[]

/** As `ValidatePersistentVolume`. */
export function validatePersistentVolume({ spec }: Value): FieldError[] {
  if (!spec) return [fieldRequired('spec')]
  const errors: FieldError[] = []
  errors.push(...validateAccessModes(spec.accessModes, 'spec.accessModes'))
  const capacity = spec.capacity ?? {}
  if (Object.keys(capacity).length === 0) errors.push(fieldRequired('spec.capacity'))
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) {
    errors.push(fieldNotSupported('spec.capacity', capacity, ['storage']))
  }
  for (const [name, text] of Object.entries(capacity)) errors.push(...validatePositive(text, `spec.capacity[${name}]`))
  if (spec.persistentVolumeReclaimPolicy && !policies.includes(spec.persistentVolumeReclaimPolicy)) {
    const field = 'spec.persistentVolumeReclaimPolicy'
    errors.push(fieldNotSupported(field, spec.persistentVolumeReclaimPolicy, policies))
  }
  if (spec.volumeMode !== undefined && !modes.includes(spec.volumeMode)) {
    errors.push(fieldNotSupported('spec.volumeMode', spec.volumeMode, modes))
  }
  if (spec.storageClassName) {
    errors.push(...refusals('spec.storageClassName', spec.storageClassName, isDNS1123Subdomain(spec.storageClassName)))
  }
  return [...errors, ...validateSource(spec)]
}

function validateSource(spec: DeepReadonly<PersistentVolumeSpec>): FieldError[] {
  const present = sources.filter((name) => spec[name] !== undefined)
  const errors = present
    .slice(1)
    .map((name) => fieldForbidden(`spec.${name}`, 'may not specify more than 1 volume type'))
  if (present.length === 0) errors.push(fieldRequired('spec', 'must specify a volume type'))
  if (spec.hostPath) {
    if (!spec.hostPath.path) errors.push(fieldRequired('spec.hostPath.path'))
    else if (spec.hostPath.path.split('/').includes('..')) {
      errors.push(fieldInvalid('spec.hostPath.path', spec.hostPath.path, "must not contain '..'"))
    }
  }
  if (spec.local) {
    if (!spec.local.path) errors.push(fieldRequired('spec.local.path'))
    if (!spec.nodeAffinity) errors.push(fieldRequired('spec.nodeAffinity', 'Local volume requires node affinity'))
  }
  return errors
}

export function validateAccessModes(values: readonly string[] | undefined, field: string): FieldError[] {
  if (!values?.length) return [fieldRequired(field)]
  const errors = values.flatMap((mode) =>
    accessModes.includes(mode) ? [] : [fieldNotSupported(field, mode, accessModes)],
  )
  if (values.includes('ReadWriteOncePod') && values.length > 1) {
    errors.push(fieldForbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  }
  return errors
}

/** A quantity above zero. As `ValidatePositiveQuantityValue`. */
export function validatePositive(text: string, field: string): FieldError[] {
  const refused = validateQuantity(text, field)
  if (refused.length > 0 || tryParse(text)?.sign() === 1) return refused
  return [fieldInvalid(field, text, 'must be greater than zero')]
}

/** The source stays, but for what CSI drivers may change. As `ValidatePersistentVolumeUpdate`. */
export function validatePersistentVolumeUpdate(volume: Value, old: Value): FieldError[] {
  const errors: FieldError[] = []
  const same = sources.every((name) => name === 'csi' || semanticEqual(volume.spec?.[name], old.spec?.[name]))
  if (!same || volume.spec?.csi?.driver !== old.spec?.csi?.driver) {
    errors.push(
      fieldForbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
    )
  }
  errors.push(...unchanged('volumeMode', volume.spec?.volumeMode, old.spec?.volumeMode))
  if (old.spec?.nodeAffinity?.required) {
    errors.push(...immutable('nodeAffinity', volume.spec?.nodeAffinity, old.spec.nodeAffinity))
  }
  return errors
}
