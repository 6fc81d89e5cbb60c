import type { Volume } from '@wherry/api'
import type { Lines } from './lines.ts'

/** Volumes with what they are made of. */
export function describeVolumes(lines: Lines, volumes: readonly Volume[] = [], space = ''): void {
  if (volumes.length === 0) {
    lines.line(0, `${space}Volumes:\t<none>`)
    return
  }
  lines.line(0, `${space}Volumes:`)
  for (const volume of volumes) {
    lines.line(1, `${space === '' ? '' : ' '}${volume.name}:`)
    for (const line of volumeLines(volume)) lines.line(2, line)
  }
}

function volumeLines(volume: Volume): string[] {
  const {
    hostPath,
    emptyDir,
    secret,
    configMap,
    persistentVolumeClaim,
    downwardAPI,
    projected,
    nfs,
    csi,
    ephemeral,
    image,
  } = volume
  if (hostPath) {
    return [
      'Type:\tHostPath (bare host directory volume)',
      `Path:\t${hostPath.path}`,
      `HostPathType:\t${hostPath.type ?? ''}`,
    ]
  }
  if (emptyDir) {
    return [
      "Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)",
      `Medium:\t${emptyDir.medium ?? ''}`,
      `SizeLimit:\t${emptyDir.sizeLimit ?? '<unset>'}`,
    ]
  }
  if (secret) {
    return [
      'Type:\tSecret (a volume populated by a Secret)',
      `SecretName:\t${secret.secretName ?? ''}`,
      `Optional:\t${secret.optional ?? false}`,
    ]
  }
  if (configMap) {
    return [
      'Type:\tConfigMap (a volume populated by a ConfigMap)',
      `Name:\t${configMap.name ?? ''}`,
      `Optional:\t${configMap.optional ?? false}`,
    ]
  }
  if (persistentVolumeClaim) {
    return [
      'Type:\tPersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
      `ClaimName:\t${persistentVolumeClaim.claimName}`,
      `ReadOnly:\t${persistentVolumeClaim.readOnly ?? false}`,
    ]
  }
  if (downwardAPI) {
    const items = (downwardAPI.items ?? []).map((item) => {
      const from = item.fieldRef?.fieldPath ?? item.resourceFieldRef?.resource ?? ''
      return `  ${from} -> ${item.path}`
    })
    return ['Type:\tDownwardAPI (a volume populated by information about the pod)', 'Items:', ...items]
  }
  if (projected) return projectedLines(projected)
  if (nfs) {
    return [
      'Type:\tNFS (an NFS mount that lasts the lifetime of a pod)',
      `Server:\t${nfs.server}`,
      `Path:\t${nfs.path}`,
      `ReadOnly:\t${nfs.readOnly ?? false}`,
    ]
  }
  if (csi) {
    return [
      'Type:\tCSI (a Container Storage Interface (CSI) volume source)',
      `Driver:\t${csi.driver}`,
      `FSType:\t${csi.fsType ?? ''}`,
      `ReadOnly:\t${csi.readOnly ?? false}`,
    ]
  }
  if (ephemeral) {
    const { spec } = ephemeral.volumeClaimTemplate ?? {}
    return [
      'Type:\tEphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)',
      `StorageClass:\t${spec?.storageClassName ?? ''}`,
      `Volume:\t${spec?.volumeName ?? ''}`,
    ]
  }
  if (image) {
    return [
      'Type:\tImage (a container image or OCI artifact)',
      `Reference:\t${image.reference ?? ''}`,
      `PullPolicy:\t${image.pullPolicy ?? ''}`,
    ]
  }
  return ['<unknown>']
}

function projectedLines({ sources = [] }: NonNullable<Volume['projected']>): string[] {
  return [
    'Type:\tProjected (a volume that contains injected data from multiple sources)',
    ...sources.flatMap(({ secret, downwardAPI, configMap, serviceAccountToken }) => {
      if (secret) return [`SecretName:\t${secret.name ?? ''}`, `Optional:\t${secret.optional ?? false}`]
      if (downwardAPI) return ['DownwardAPI:\ttrue']
      if (configMap) return [`ConfigMapName:\t${configMap.name ?? ''}`, `Optional:\t${configMap.optional ?? false}`]
      return serviceAccountToken ? [`TokenExpirationSeconds:\t${serviceAccountToken.expirationSeconds ?? 3600}`] : []
    }),
  ]
}
