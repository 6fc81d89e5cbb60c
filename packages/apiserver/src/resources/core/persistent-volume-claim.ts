import { PersistentVolumeClaim } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { accessModesText, classOf, phaseText } from './persistent-volume.ts'
import { validateClaim, validateClaimStatus, validateClaimUpdate } from './persistent-volume-claim-validation.ts'
import { persistentVolumeClaimWarnings } from './persistent-volume-warnings.ts'
import { setClaimSpecDefaults } from './pod/volume-defaults.ts'

export const persistentVolumeClaims = defineResource(PersistentVolumeClaim, {
  shortNames: ['pvc'],
  setDefaults: setClaimDefaults,
  validate: validateClaim,
  prepareForCreate: (claim) => dropOtherNamespace(claim, undefined),
  prepareForUpdate: dropOtherNamespace,
  validateUpdate: validateClaimUpdate,
  warnings: persistentVolumeClaimWarnings,
  status: { initial: () => ({ phase: 'Pending' }), validateUpdate: validateClaimStatus },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Status', type: 'string', value: phaseText },
    { name: 'Volume', type: 'string', value: (claim) => claim.spec?.volumeName ?? '' },
    {
      name: 'Capacity',
      type: 'string',
      value: (claim) => (claim.spec?.volumeName ? (claim.status?.capacity?.storage ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      type: 'string',
      value: (claim) => (claim.spec?.volumeName ? accessModesText(claim.status?.accessModes) : ''),
    },
    { name: 'StorageClass', type: 'string', value: classOf },
    {
      name: 'VolumeAttributesClass',
      type: 'string',
      value: (claim) => claim.spec?.volumeAttributesClassName ?? '<unset>',
    },
    ageColumn(),
    { name: 'VolumeMode', type: 'string', priority: 1, value: (claim) => claim.spec?.volumeMode ?? '<unset>' },
  ],
})

/** Also of the claims that a StatefulSet makes. */
export function setClaimDefaults(claim: PersistentVolumeClaim): void {
  struct(claim, 'status').phase ||= 'Pending'
  setClaimSpecDefaults(struct(claim, 'spec'))
}

/** 1.36 has claims that are filled from other namespaces off (CrossNamespaceVolumeDataSource). */
function dropOtherNamespace(claim: PersistentVolumeClaim, old: DeepReadonly<PersistentVolumeClaim> | undefined): void {
  const source = claim.spec?.dataSourceRef
  if (source && old?.spec?.dataSourceRef?.namespace === undefined) delete source.namespace
}
