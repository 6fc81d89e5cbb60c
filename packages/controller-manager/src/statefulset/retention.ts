import type { OwnerReference, PersistentVolumeClaim } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { identityOf } from '../meta.ts'
import type { PodView, SetView } from './identity.ts'

/**
 * The owners that a claim shall have so that it goes when its set's policy says so; undefined where they are right.
 * With `whenDeleted: Delete` the set owns it, with `whenScaled: Delete` a pod that is scaled away does. As
 * kube-controller-manager `updateClaimOwnerRefForSetAndPod`.
 */
export function planRetention(
  set: SetView,
  pod: PodView,
  claim: DeepReadonly<PersistentVolumeClaim>,
  condemned: boolean,
): OwnerReference[] | undefined {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy
  const byPod = policy?.whenScaled === 'Delete' && condemned
  const bySet = policy?.whenDeleted === 'Delete' && !byPod
  const references = (claim.metadata.ownerReferences ?? []).map((reference) => ({ ...reference }))
  const owned = (uid: string) => references.some((reference) => reference.uid === uid)
  const [setId, podId] = [identityOf(set.metadata), identityOf(pod.metadata)]
  if (owned(setId.uid) === bySet && owned(podId.uid) === byPod) return undefined
  const others = references.filter(({ uid }) => uid !== setId.uid && uid !== podId.uid)
  return [
    ...others,
    ...(bySet
      ? [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: setId.name, uid: setId.uid, controller: true }]
      : []),
    ...(byPod ? [{ apiVersion: 'v1', kind: 'Pod', name: podId.name, uid: podId.uid, controller: true }] : []),
  ]
}
