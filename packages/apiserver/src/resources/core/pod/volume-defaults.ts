import type { ObjectFieldSelector, PersistentVolumeClaimSpec, Volume, VolumeProjection } from '@wherry/api'
import { roundResources } from '../../quantities.ts'
import { struct } from '../../structs.ts'
import { imageTag } from './image-tag.ts'

/** Defaults of one volume, of every kind of source. As pkg/apis/core/v1/defaults.go and the `+default` markers. */
export function setVolumeDefaults(volume: Volume): void {
  if (Object.entries(volume).every(([key, value]) => key === 'name' || value === undefined)) volume.emptyDir = {}
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference ?? '')
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.secret) volume.secret.defaultMode ??= 0o644
  if (volume.configMap) volume.configMap.defaultMode ??= 0o644
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= 0o644
    for (const item of volume.downwardAPI.items ?? []) setFieldRefDefaults(item.fieldRef)
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= 0o644
    for (const source of volume.projected.sources ?? []) setProjectionDefaults(source)
  }
  if (volume.ephemeral?.volumeClaimTemplate) setClaimSpecDefaults(struct(volume.ephemeral.volumeClaimTemplate, 'spec'))
  setBlockVolumeDefaults(volume)
}

/** Of the sources that volumes and persistent volumes share. */
export function setBlockVolumeDefaults(source: Pick<Volume, 'iscsi' | 'rbd' | 'azureDisk' | 'scaleIO'>): void {
  if (source.iscsi) source.iscsi.iscsiInterface ||= 'default'
  if (source.rbd) {
    source.rbd.pool ||= 'rbd'
    source.rbd.user ||= 'admin'
    source.rbd.keyring ||= '/etc/ceph/keyring'
  }
  if (source.azureDisk) {
    source.azureDisk.cachingMode ??= 'ReadWrite'
    source.azureDisk.kind ??= 'Shared'
    source.azureDisk.fsType ??= 'ext4'
    source.azureDisk.readOnly ??= false
  }
  if (source.scaleIO) {
    source.scaleIO.storageMode ||= 'ThinProvisioned'
    source.scaleIO.fsType ||= 'xfs'
  }
}

/** Defaults of what a claim asks for, wherever it stands. */
export function setClaimSpecDefaults(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem'
  roundResources(spec.resources?.limits)
  roundResources(spec.resources?.requests)
  // The older field and the newer one say the same where a local object is meant; as the claim's strategy upstream.
  if (spec.dataSource && !spec.dataSourceRef) spec.dataSourceRef = { ...spec.dataSource }
  else if (spec.dataSourceRef && !spec.dataSource && !spec.dataSourceRef.namespace) {
    const { apiGroup, kind, name } = spec.dataSourceRef
    if ((apiGroup ?? '') === '' ? kind === 'PersistentVolumeClaim' : kind === 'VolumeSnapshot') {
      spec.dataSource = apiGroup === undefined ? { kind, name } : { apiGroup, kind, name }
    }
  }
}

export function setFieldRefDefaults(fieldRef: ObjectFieldSelector | undefined): void {
  if (fieldRef) fieldRef.apiVersion ||= 'v1'
}

/** `Always` for images that move, `IfNotPresent` for those that a tag or digest pins. */
export function pullPolicyOf(image: string): string {
  return imageTag(image) === 'latest' ? 'Always' : 'IfNotPresent'
}

function setProjectionDefaults(source: VolumeProjection): void {
  for (const item of source.downwardAPI?.items ?? []) setFieldRefDefaults(item.fieldRef)
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
}
