import { PersistentVolume } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { roundResources } from '../quantities.ts'
import { struct } from '../structs.ts'
import { volumeWarnings } from './persistent-volume-warnings.ts'
import { setBlockVolumeDefaults } from './pod/volume-defaults.ts'
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.ts'

export const persistentVolumes = defineResource(PersistentVolume, {
  shortNames: ['pv'],
  setDefaults(volume) {
    const spec = struct(volume, 'spec')
    struct(volume, 'status').phase ||= 'Pending'
    spec.persistentVolumeReclaimPolicy ||= 'Retain'
    spec.volumeMode ??= 'Filesystem'
    roundResources(spec.capacity)
    if (spec.hostPath) spec.hostPath.type ??= ''
    setBlockVolumeDefaults(spec)
  },
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
  status: {
    initial: () => ({ phase: 'Pending' }),
    prepareForUpdate(volume, old, { now }) {
      const status = struct(volume, 'status')
      if (status.phase === old.status?.phase) status.lastPhaseTransitionTime ??= old.status?.lastPhaseTransitionTime
      else if (status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime) {
        status.lastPhaseTransitionTime = formatTime(now)
      }
      if (status.lastPhaseTransitionTime === undefined) delete status.lastPhaseTransitionTime
    },
  },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Capacity', type: 'string', value: (volume) => volume.spec?.capacity?.storage ?? '0' },
    { name: 'Access Modes', type: 'string', value: (volume) => accessModesText(volume.spec?.accessModes) },
    { name: 'Reclaim Policy', type: 'string', value: (volume) => volume.spec?.persistentVolumeReclaimPolicy ?? '' },
    { name: 'Status', type: 'string', value: phaseText },
    { name: 'Claim', type: 'string', value: claimText },
    { name: 'StorageClass', type: 'string', value: classOf },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      value: (volume) => volume.spec?.volumeAttributesClassName ?? '<unset>',
    },
    { name: 'Reason', type: 'string', value: (volume) => volume.status?.reason ?? '' },
    ageColumn(),
    { name: 'VolumeMode', type: 'string', priority: 1, value: (volume) => volume.spec?.volumeMode ?? '<unset>' },
  ],
})

const shortModes = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const

/** As `RWO,ROX`, in a fixed order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return shortModes.flatMap(([mode, short]) => (modes?.includes(mode) ? [short] : [])).join(',')
}

/** What the volume's or claim's phase reads as. */
export function phaseText(object: {
  readonly metadata: { readonly deletionTimestamp?: string }
  readonly status?: { readonly phase?: string }
}): string {
  return object.metadata.deletionTimestamp ? 'Terminating' : (object.status?.phase ?? '')
}

/** The storage class of a volume or claim; the annotation of old counts first. */
export function classOf(object: {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: { readonly storageClassName?: string }
}): string {
  return object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? object.spec?.storageClassName ?? ''
}

function claimText(volume: DeepReadonly<PersistentVolume>): string {
  const claim = volume.spec?.claimRef
  return claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : ''
}
