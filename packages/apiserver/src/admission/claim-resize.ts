import { PersistentVolumeClaim, StorageClass } from '@wherry/api'
import { type DeepReadonly, Quantity } from '@wherry/apimachinery'
import type { AdmissionPlugin } from './admission.ts'
import { objectOf, oldOf, refusal } from './targets.ts'

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

/** Claims grow only where their class lets them. As upstream `admission/storage/persistentvolume/resize`. */
export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  async validate(attributes, behaviours) {
    if (attributes.operation !== 'UPDATE') return
    const claim = objectOf(attributes, PersistentVolumeClaim)
    const old = claim && oldOf(attributes, PersistentVolumeClaim)
    if (!old || sizeOf(claim).cmp(sizeOf(old)) <= 0) return
    if (old.status?.phase !== 'Bound') {
      throw refusal(attributes, 'Only bound persistent volume claims can be expanded')
    }
    const name = classOf(claim)
    const found = name !== '' && name === classOf(old) ? behaviours.store(StorageClass).get({ name }) : undefined
    if (found?.allowVolumeExpansion) return
    const cause =
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
    throw refusal(attributes, cause)
  },
}

const sizeOf = ({ spec }: DeepReadonly<PersistentVolumeClaim>): Quantity =>
  Quantity.parse(spec?.resources?.requests?.storage ?? '0')

const classOf = ({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): string =>
  metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? ''
