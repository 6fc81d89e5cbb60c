import type { PodSpec } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/**
 * Takes away what 1.36 has off by default, unless the object had it before: the fields of certificate projections
 * (ClusterTrustBundleProjection, PodCertificateProjection), stop signals (ContainerStopSignals) and scheduling groups
 * (GenericWorkload). As `DropDisabledPodFields`.
 */
export function dropDisabledFields(spec: PodSpec | undefined, old: DeepReadonly<PodSpec> | undefined): void {
  if (!spec) return
  if (old?.schedulingGroup === undefined) delete spec.schedulingGroup
  for (const name of ['clusterTrustBundle', 'podCertificate'] as const) {
    const used = (old?.volumes ?? []).some(({ projected }) => projected?.sources?.some((source) => source[name]))
    if (used) continue
    for (const { projected } of spec.volumes ?? []) {
      for (const source of projected?.sources ?? []) delete source[name]
    }
  }
  const containers = ({ containers = [], initContainers = [] }: DeepReadonly<PodSpec> | PodSpec) => [
    ...containers,
    ...initContainers,
  ]
  if (old && containers(old).some(({ lifecycle }) => lifecycle?.stopSignal !== undefined)) return
  for (const { lifecycle } of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    if (lifecycle) delete lifecycle.stopSignal
  }
}
