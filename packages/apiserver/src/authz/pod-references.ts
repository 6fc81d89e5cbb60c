import type { PodSpec } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

export type Referenced = 'secrets' | 'configmaps' | 'persistentvolumeclaims' | 'resourceclaims' | 'serviceaccounts'

/** Names of the objects of its own namespace that a pod needs to run: in volumes, environments and pull secrets. */
export function* podReferences(spec: DeepReadonly<PodSpec>): Iterable<readonly [Referenced, string]> {
  if (spec.serviceAccountName) yield ['serviceaccounts', spec.serviceAccountName]
  for (const secret of spec.imagePullSecrets ?? []) if (secret.name) yield ['secrets', secret.name]
  for (const container of allContainers(spec)) {
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      if (secretRef?.name) yield ['secrets', secretRef.name]
      if (configMapRef?.name) yield ['configmaps', configMapRef.name]
    }
    for (const { valueFrom } of container.env ?? []) {
      if (valueFrom?.secretKeyRef?.name) yield ['secrets', valueFrom.secretKeyRef.name]
      if (valueFrom?.configMapKeyRef?.name) yield ['configmaps', valueFrom.configMapKeyRef.name]
    }
  }
  for (const { resourceClaimName } of spec.resourceClaims ?? []) {
    if (resourceClaimName) yield ['resourceclaims', resourceClaimName]
  }
  for (const volume of spec.volumes ?? []) yield* volumeReferences(volume)
}

type Volume = NonNullable<DeepReadonly<PodSpec>['volumes']>[number]

function* volumeReferences(volume: Volume): Iterable<readonly [Referenced, string]> {
  if (volume.secret?.secretName) yield ['secrets', volume.secret.secretName]
  if (volume.configMap?.name) yield ['configmaps', volume.configMap.name]
  if (volume.persistentVolumeClaim) yield ['persistentvolumeclaims', volume.persistentVolumeClaim.claimName]
  for (const source of volume.projected?.sources ?? []) {
    if (source.secret?.name) yield ['secrets', source.secret.name]
    if (source.configMap?.name) yield ['configmaps', source.configMap.name]
  }
  const secretRef =
    volume.csi?.nodePublishSecretRef ??
    volume.rbd?.secretRef ??
    volume.cephfs?.secretRef ??
    volume.iscsi?.secretRef ??
    volume.flexVolume?.secretRef ??
    volume.scaleIO?.secretRef ??
    volume.storageos?.secretRef
  if (secretRef?.name) yield ['secrets', secretRef.name]
  if (volume.azureFile) yield ['secrets', volume.azureFile.secretName]
}

/** Init, ordinary and ephemeral containers. */
export function allContainers(spec: DeepReadonly<PodSpec>) {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])]
}
