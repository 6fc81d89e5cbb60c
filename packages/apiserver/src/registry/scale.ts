import type { KubeObject, Scale } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { ScaleStrategy } from './resource.ts'

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
