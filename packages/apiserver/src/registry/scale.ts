import type { KubeObject, Scale } from '@wherry/api'
import { type DeepReadonly, humanDuration, parseTime } from '@wherry/apimachinery'
import type { Column, ScaleStrategy } from './resource.ts'

/** What `kubectl get --subresource=scale` shows. */
export const scaleColumns: readonly Column<Scale>[] = [
  { name: 'Name', type: 'string', format: 'name', value: ({ metadata }) => metadata.name ?? '' },
  { name: 'Desired', type: 'integer', value: ({ spec }) => spec?.replicas ?? 0 },
  { name: 'Available', type: 'integer', value: ({ status }) => status?.replicas ?? 0 },
  {
    name: 'Age',
    type: 'string',
    value: ({ metadata: { creationTimestamp } }, now) =>
      creationTimestamp ? humanDuration(now - parseTime(creationTimestamp)) : '<unknown>',
  },
]

/** `/scale` of an object: a view of its replicas. */
export function scaleOf(object: DeepReadonly<KubeObject>, strategy: ScaleStrategy<KubeObject>): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const selector = strategy.selector(object)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: strategy.replicas(object) ?? 0 },
    status: { replicas: strategy.statusReplicas(object), ...(selector === '' ? {} : { selector }) },
  }
}
