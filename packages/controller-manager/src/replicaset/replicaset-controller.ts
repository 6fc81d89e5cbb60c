import { ReplicaSet } from '@wherry/api'
import { getController, matcherOf } from '@wherry/apimachinery'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { newReplicaController } from './replica-controller.ts'

/** Runs the pods of ReplicaSets. */
export function newReplicaSetController(deps: ControllerDeps): Controller {
  const sets = deps.informers.for(ReplicaSet).lister
  return newReplicaController(deps, {
    kind: ReplicaSet,
    name: 'replicaset',
    selector: (set) => matcherOf(set.spec?.selector),
    spec: (set) => ({
      replicas: set.spec?.replicas ?? 1,
      minReadySeconds: set.spec?.minReadySeconds ?? 0,
      template: set.spec?.template ?? {},
    }),
    siblings(set) {
      const controller = getController(set.metadata)
      return controller ? sets.byOwner(controller.uid) : [set]
    },
    countTerminating: true,
  })
}
