import { Ingress, IngressClass, type KubeObject, PersistentVolumeClaim, StorageClass } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { AdmissionPlugin } from './admission.ts'
import { objectOf } from './targets.ts'

/** A claim that names no class gets the default one, if there is one. */
export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  async admit(attributes, behaviours) {
    const claim = attributes.operation === 'CREATE' ? objectOf(attributes, PersistentVolumeClaim) : undefined
    if (!claim || claim.spec?.storageClassName !== undefined) return
    if (claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined) return
    const found = newestDefault(
      behaviours.store(StorageClass).list(),
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    )
    if (found) claim.spec = { ...claim.spec, storageClassName: found.metadata.name }
  },
}

/** Likewise for an ingress. */
export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  async admit(attributes, behaviours) {
    const ingress = attributes.operation === 'CREATE' ? objectOf(attributes, Ingress) : undefined
    if (!ingress || ingress.spec?.ingressClassName !== undefined) return
    if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return
    const found = newestDefault(behaviours.store(IngressClass).list(), 'ingressclass.kubernetes.io/is-default-class')
    if (found) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name }
  },
}

/** The class that is marked as the default: of several the newest, then the first by name. */
function newestDefault<T extends DeepReadonly<KubeObject>>(classes: readonly T[], ...marks: string[]): T | undefined {
  const created = ({ metadata }: T) => metadata.creationTimestamp ?? ''
  return classes
    .filter(({ metadata }) => marks.some((mark) => metadata.annotations?.[mark] === 'true'))
    .sort((a, b) => {
      if (created(a) !== created(b)) return created(a) > created(b) ? -1 : 1
      return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1
    })[0]
}
