import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { fractionWarnings } from './fractions.ts'
import { nodeTermWarnings } from './node-labels.ts'

/** Sources of volumes that are on their way out, or gone; the names are the fields'. */
export const deprecatedSources = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
} as const
/** Upstream's spelling, where it is not the field's. */
export const sourceNames: Readonly<Record<string, string>> = { storageos: 'storageOS' }

const betaClass = 'volume.beta.kubernetes.io/storage-class'

function classWarnings(annotations: Readonly<Record<string, string>> | undefined): string[] {
  if (annotations?.[betaClass] === undefined) return []
  return [`metadata.annotations[${betaClass}]: deprecated since v1.8; use "storageClassName" attribute instead`]
}

/** As `GetWarningsForPersistentVolume`. */
export function volumeWarnings({ metadata, spec }: DeepReadonly<PersistentVolume>): string[] {
  const warnings = classWarnings(metadata.annotations)
  for (const [i, term] of (spec?.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries()) {
    warnings.push(...nodeTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${i}]`))
  }
  if (spec?.persistentVolumeReclaimPolicy === 'Recycle') {
    warnings.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    )
  }
  for (const [name, text] of Object.entries(deprecatedSources)) {
    if (spec && Reflect.get(spec, name) !== undefined) warnings.push(`spec.${sourceNames[name] ?? name}: ${text}`)
  }
  return [...warnings, ...fractionWarnings(spec?.capacity?.storage, 'spec.capacity[storage]')]
}

/** As `GetWarningsForPersistentVolumeClaim`. */
export function persistentVolumeClaimWarnings({ metadata, spec }: DeepReadonly<PersistentVolumeClaim>): string[] {
  return [...classWarnings(metadata.annotations), ...claimWarnings(spec, 'spec')]
}

/** As `GetWarningsForPersistentVolumeClaimSpec`. */
export function claimWarnings(spec: DeepReadonly<PersistentVolumeClaimSpec> | undefined, field: string): string[] {
  const { requests, limits } = spec?.resources ?? {}
  return [
    ...fractionWarnings(requests?.storage, `${field}.resources.requests[storage]`),
    ...fractionWarnings(limits?.storage, `${field}.resources.limits[storage]`),
  ]
}
