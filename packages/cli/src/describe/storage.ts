import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '@wherry/api'
import { Pod } from '@wherry/api'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { type Lines, orNone } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

const modes: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
}

function modesText(list: readonly string[] = []): string {
  return list.map((mode) => modes[mode] ?? mode).join(',')
}

export async function describeClaim(
  lines: Lines,
  claim: PersistentVolumeClaim,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = claim
  const { items } = await connection.client.list(Pod, { namespace: metadata.namespace ?? '' })
  const users = items.filter((pod) =>
    pod.spec?.volumes?.some((volume) => volume.persistentVolumeClaim?.claimName === metadata.name),
  )
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `StorageClass:\t${spec?.storageClassName ?? ''}`)
  lines.line(0, metadata.deletionTimestamp ? 'Status:\tTerminating' : `Status:\t${status?.phase ?? ''}`)
  lines.line(0, `Volume:\t${spec?.volumeName ?? ''}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(' ')}]`)
  lines.line(0, `Capacity:\t${spec?.volumeName ? (status?.capacity?.storage ?? '') : ''}`)
  lines.line(0, `Access Modes:\t${spec?.volumeName ? modesText(status?.accessModes) : ''}`)
  if (spec?.volumeMode) lines.line(0, `VolumeMode:\t${spec.volumeMode}`)
  const names = users.map((pod) => pod.metadata.name ?? '')
  lines.line(0, `Used By:\t${orNone(names[0])}`)
  for (const name of names.slice(1)) lines.line(0, `\t${name}`)
  describeEvents(lines, events, now)
}

export function describeVolume(lines: Lines, volume: PersistentVolume, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = volume
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Finalizers:\t[${(metadata.finalizers ?? []).join(' ')}]`)
  lines.line(0, `StorageClass:\t${spec?.storageClassName ?? ''}`)
  const phase = metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')
  lines.line(0, `Status:\t${phase}`)
  const claim = spec?.claimRef
  lines.line(0, claim ? `Claim:\t${claim.namespace}/${claim.name}` : 'Claim:\t')
  lines.line(0, `Reclaim Policy:\t${spec?.persistentVolumeReclaimPolicy ?? ''}`)
  lines.line(0, `Access Modes:\t${modesText(spec?.accessModes)}`)
  if (spec?.volumeMode) lines.line(0, `VolumeMode:\t${spec.volumeMode}`)
  lines.line(0, `Capacity:\t${spec?.capacity?.storage ?? ''}`)
  lines.line(0, `Node Affinity:\t${spec?.nodeAffinity?.required ? '' : '<none>'}`)
  const terms = spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []
  if (terms.length > 0) lines.line(1, 'Required Terms:\t')
  terms.forEach(({ matchExpressions = [] }, at) => {
    const texts = matchExpressions.map(
      ({ key, operator, values = [] }) => `${key} ${operator.toLowerCase()} [${values.join(', ')}]`,
    )
    lines.line(2, `Term ${at}:\t${texts.join('\n')}`)
  })
  lines.line(0, `Message:\t${status?.message ?? ''}`)
  lines.line(0, 'Source:')
  if (spec?.hostPath) {
    lines.line(2, 'Type:\tHostPath (bare host directory volume)')
    lines.line(2, `Path:\t${spec.hostPath.path}`)
    lines.line(2, `HostPathType:\t${spec.hostPath.type ?? ''}`)
  } else if (spec?.local) {
    lines.line(2, 'Type:\tLocalVolume (a persistent volume backed by local storage on a node)')
    lines.line(2, `Path:\t${spec.local.path}`)
  } else if (spec?.csi) {
    lines.line(2, 'Type:\tCSI (a Container Storage Interface (CSI) volume source)')
    lines.line(2, `Driver:\t${spec.csi.driver}`)
    lines.line(2, `VolumeHandle:\t${spec.csi.volumeHandle}`)
    lines.line(2, `ReadOnly:\t${spec.csi.readOnly ?? false}`)
  } else if (spec?.nfs) {
    lines.line(2, 'Type:\tNFS (an NFS mount that lasts the lifetime of a pod)')
    lines.line(2, `Server:\t${spec.nfs.server}`)
    lines.line(2, `Path:\t${spec.nfs.path}`)
    lines.line(2, `ReadOnly:\t${spec.nfs.readOnly ?? false}`)
  } else lines.line(1, '<unknown>')
  describeEvents(lines, events, now)
}

export function describeStorageClass(lines: Lines, storage: StorageClass, { events, now }: DescribeContext): void {
  const { metadata, provisioner, parameters, allowVolumeExpansion, mountOptions, reclaimPolicy, volumeBindingMode } =
    storage
  lines.line(0, `Name:\t${metadata.name}`)
  const isDefault = metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
  lines.line(0, `IsDefaultClass:\t${isDefault ? 'Yes' : 'No'}`)
  lines.line(
    0,
    `Annotations:\t${orNone(
      Object.entries(metadata.annotations ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
    )}`,
  )
  lines.line(0, `Provisioner:\t${provisioner}`)
  lines.line(
    0,
    `Parameters:\t${orNone(
      Object.entries(parameters ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .sort()
        .join(','),
    )}`,
  )
  lines.line(
    0,
    `AllowVolumeExpansion:\t${allowVolumeExpansion === undefined ? '<unset>' : allowVolumeExpansion ? 'True' : 'False'}`,
  )
  if (!mountOptions?.length) lines.line(0, 'MountOptions:\t<none>')
  else {
    lines.line(0, 'MountOptions:')
    for (const option of mountOptions) lines.line(1, option)
  }
  if (reclaimPolicy) lines.line(0, `ReclaimPolicy:\t${reclaimPolicy}`)
  if (volumeBindingMode) lines.line(0, `VolumeBindingMode:\t${volumeBindingMode}`)
  describeEvents(lines, events, now)
}
