import { ReplicationController } from '@wherry/api'
import { labelsMatcher } from '@wherry/apimachinery'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { newReplicaController } from './replica-controller.ts'

/** Runs the pods of ReplicationControllers: ReplicaSets from before selectors had expressions. */
export function newReplicationControllerController(deps: ControllerDeps): Controller {
  return newReplicaController(deps, {
    kind: ReplicationController,
    name: 'replication',
    selector: (controller) => labelsMatcher(controller.spec?.selector ?? {}),
    spec: (controller) => ({
      replicas: controller.spec?.replicas ?? 1,
      minReadySeconds: controller.spec?.minReadySeconds ?? 0,
      template: controller.spec?.template ?? {},
    }),
    countTerminating: false,
  })
}
