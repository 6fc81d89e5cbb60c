import type { CustomResourceSubresourceScale, KubeObject } from '@wherry/api'
import { badRequest, type DeepReadonly, internalError } from '@wherry/apimachinery'
import type { ScaleStrategy } from '../registry/resource.ts'
import { integerAt, putAt, textAt } from './json-paths.ts'

/** How `/scale` reads and writes a custom resource. As upstream: customresource/etcd.go, `ScaleREST`. */
export function scaleStrategy(paths: DeepReadonly<CustomResourceSubresourceScale>): ScaleStrategy<KubeObject> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = paths
  return {
    replicas(object) {
      const replicas = reading(() => integerAt(object, specReplicasPath))
      if (replicas !== undefined) return replicas
      throw internalError(new Error(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`))
    },
    statusReplicas: (object) => reading(() => integerAt(object, statusReplicasPath)) ?? 0,
    selector: (object) => (labelSelectorPath === '' ? '' : (reading(() => textAt(object, labelSelectorPath)) ?? '')),
    setReplicas: (object, replicas) => putAt(object, specReplicasPath, replicas),
    replicasPath: specReplicasPath.split('.').slice(1),
  }
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw badRequest(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}
