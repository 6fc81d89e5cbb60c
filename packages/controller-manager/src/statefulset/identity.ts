import { type PersistentVolumeClaim, type Pod, type PodTemplateSpec, StatefulSet } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import { identityOf } from '../meta.ts'
import { podFromTemplate } from '../pods/pod-control.ts'

export type SetView = DeepReadonly<StatefulSet>
export type PodView = DeepReadonly<Pod>

export const revisionLabel = 'controller-revision-hash'
const podNameLabel = 'statefulset.kubernetes.io/pod-name'
const podIndexLabel = 'apps.kubernetes.io/pod-index'

/** The number at the end of a pod's name, if the name is one that this set gives. */
export function ordinalOf(set: SetView, pod: PodView): number | undefined {
  const match = /^(.*)-(0|[1-9]\d*)$/.exec(pod.metadata.name ?? '')
  return match && match[1] === set.metadata.name ? Number(match[2]) : undefined
}

export function firstOrdinal(set: SetView): number {
  return set.spec?.ordinals?.start ?? 0
}

export function replicasOf(set: SetView): number {
  return set.spec?.replicas ?? 1
}

/** The names of the claims of one pod, by the name of their template. */
export function claimNames(set: SetView, ordinal: number): Map<string, string> {
  const { name } = identityOf(set.metadata)
  return new Map(
    (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => {
      const template = metadata.name ?? ''
      return [template, `${template}-${name}-${ordinal}`]
    }),
  )
}

/** The claims of one pod. As `getPersistentVolumeClaims`. */
export function claimsOf(set: SetView, ordinal: number): PersistentVolumeClaim[] {
  const names = claimNames(set, ordinal)
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const claim = deepClone<PersistentVolumeClaim>(template)
    return {
      ...claim,
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...claim.metadata,
        name: names.get(claim.metadata.name ?? '') ?? '',
        namespace: set.metadata.namespace ?? '',
        labels: { ...claim.metadata.labels, ...set.spec?.selector.matchLabels },
      },
    }
  })
}

/** The pod of one ordinal: its name, hostname and volumes are its own for ever. As `newStatefulSetPod`. */
export function newStatefulPod(
  set: SetView,
  template: DeepReadonly<PodTemplateSpec>,
  revision: string,
  ordinal: number,
): Pod {
  const pod = podFromTemplate<StatefulSet>(template, set, StatefulSet)
  const name = `${set.metadata.name}-${ordinal}`
  delete pod.metadata.generateName
  pod.metadata.name = name
  pod.metadata.labels = {
    ...pod.metadata.labels,
    [podNameLabel]: name,
    [podIndexLabel]: String(ordinal),
    [revisionLabel]: revision,
  }
  const spec = (pod.spec ??= { containers: [] })
  spec.hostname = name
  if (set.spec?.serviceName) spec.subdomain = set.spec.serviceName
  const claims = claimNames(set, ordinal)
  const volumes = [...claims].map(([volume, claimName]) => ({ name: volume, persistentVolumeClaim: { claimName } }))
  const others = (spec.volumes ?? []).filter((volume) => !claims.has(volume.name))
  if (volumes.length + others.length > 0) spec.volumes = [...volumes, ...others]
  return pod
}
