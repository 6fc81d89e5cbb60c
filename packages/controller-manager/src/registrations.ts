import { newCSRApprovingController } from './certificates/approving-controller.ts'
import { newCSRCleanerController } from './certificates/cleaner-controller.ts'
import { newCSRSigningController } from './certificates/signing-controller.ts'
import { newClusterRoleAggregationController } from './clusterroleaggregation/controller.ts'
import { newCronJobController } from './cronjob/controller.ts'
import { newDaemonSetController } from './daemonset/controller.ts'
import { newDeploymentController } from './deployment/controller.ts'
import { newDisruptionController } from './disruption/controller.ts'
import { newEndpointsController } from './endpoints/controller.ts'
import { newEndpointSliceController } from './endpointslice/controller.ts'
import { newEndpointSliceMirroringController } from './endpointslicemirroring/controller.ts'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from './controller-deps.ts'
import { newJobController } from './job/controller.ts'
import { newNamespaceController } from './namespace/controller.ts'
import { newNodeLifecycleController } from './nodelifecycle/controller.ts'
import { newTaintEvictionController } from './nodelifecycle/taint-eviction.ts'
import type { ControllerManagerOptions } from './options.ts'
import { newOrphanedPodGCController, newPodGCController } from './podgc/controller.ts'
import { newReplicaSetController } from './replicaset/replicaset-controller.ts'
import { newReplicationControllerController } from './replicaset/replicationcontroller-controller.ts'
import { newResourceQuotaController } from './resourcequota/controller.ts'
import { newRootCAController } from './rootca/controller.ts'
import { newServiceAccountController } from './serviceaccount/controller.ts'
import { newTokensController } from './serviceaccounttokens/controller.ts'
import { newServiceCIDRController } from './servicecidrs/controller.ts'
import { newStatefulSetController } from './statefulset/controller.ts'
import { newTTLAfterFinishedController } from './ttlafterfinished/controller.ts'

/** One entry of `--controllers`. */
export interface Registration {
  /** Upstream's name, such as `deployment-controller`. */
  name: string
  /** The service account in kube-system that it acts as with `--use-service-account-credentials`; its name unless told. */
  account?: string
  /** Acts as the controller manager itself: its role alone has what it takes. */
  root?: boolean
  make(deps: ControllerDeps, options: ControllerManagerOptions): Controller[]
}

export const garbageCollectorName = 'garbage-collector-controller'
export const garbageCollectorAccount = 'generic-garbage-collector'

/** All controllers, in the order in which they start: first what every new cluster waits for. */
export const registrations: readonly Registration[] = [
  {
    name: 'serviceaccount-controller',
    account: 'service-account-controller',
    make: (deps) => [newServiceAccountController(deps)],
  },
  {
    name: 'root-ca-certificate-publisher-controller',
    account: 'root-ca-cert-publisher',
    make: (deps, { rootCA }) => (rootCA === undefined ? [] : [newRootCAController(deps, { rootCA })]),
  },
  {
    name: 'serviceaccount-token-controller',
    root: true,
    make: (deps, { serviceAccountKey: key, rootCA }) =>
      key === undefined ? [] : [newTokensController(deps, { key, rootCA })],
  },
  {
    name: 'node-lifecycle-controller',
    account: 'node-controller',
    make: (deps, options) => [newNodeLifecycleController(deps, options.nodes)],
  },
  { name: 'taint-eviction-controller', account: 'node-controller', make: (deps) => [newTaintEvictionController(deps)] },
  {
    name: 'replicaset-controller',
    make: (deps, { workers }) => [{ ...newReplicaSetController(deps), workers: workers.replicaSet }],
  },
  {
    name: 'replicationcontroller-controller',
    account: 'replication-controller',
    make: (deps, { workers }) => [
      { ...newReplicationControllerController(deps), workers: workers.replicationController },
    ],
  },
  {
    name: 'deployment-controller',
    make: (deps, { workers }) => [{ ...newDeploymentController(deps), workers: workers.deployment }],
  },
  {
    name: 'endpointslice-controller',
    make: (deps, { workers, maxEndpointsPerSlice }) => [
      { ...newEndpointSliceController(deps, { maxEndpointsPerSlice }), workers: workers.endpointSlice },
    ],
  },
  {
    name: 'endpoints-controller',
    account: 'endpoint-controller',
    make: (deps, { workers }) => [{ ...newEndpointsController(deps), workers: workers.endpoints }],
  },
  {
    name: 'endpointslice-mirroring-controller',
    account: 'endpointslicemirroring-controller',
    make: (deps) => [newEndpointSliceMirroringController(deps)],
  },
  {
    name: 'namespace-controller',
    make: (deps, { workers }) => [{ ...newNamespaceController(deps), workers: workers.namespace }],
  },
  { name: 'job-controller', make: (deps, { workers }) => [{ ...newJobController(deps), workers: workers.job }] },
  {
    name: 'daemonset-controller',
    account: 'daemon-set-controller',
    make: (deps, { workers }) => [{ ...newDaemonSetController(deps), workers: workers.daemonSet }],
  },
  {
    name: 'statefulset-controller',
    make: (deps, { workers }) => [{ ...newStatefulSetController(deps), workers: workers.statefulSet }],
  },
  { name: 'disruption-controller', make: (deps) => [newDisruptionController(deps)] },
  {
    name: 'cronjob-controller',
    make: (deps, { workers }) => [{ ...newCronJobController(deps), workers: workers.cronJob }],
  },
  { name: 'resourcequota-controller', make: (deps) => [newResourceQuotaController(deps)] },
  { name: 'clusterrole-aggregation-controller', make: (deps) => [newClusterRoleAggregationController(deps)] },
  {
    name: 'certificatesigningrequest-approving-controller',
    account: 'certificate-controller',
    make: (deps) => [newCSRApprovingController(deps)],
  },
  {
    name: 'certificatesigningrequest-signing-controller',
    account: 'certificate-controller',
    make: (deps, { signing }) => (signing === undefined ? [] : [newCSRSigningController(deps, signing)]),
  },
  {
    name: 'certificatesigningrequest-cleaner-controller',
    account: 'certificate-controller',
    make: (deps) => [newCSRCleanerController(deps)],
  },
  {
    name: 'service-cidr-controller',
    account: 'service-cidrs-controller',
    make: (deps) => [newServiceCIDRController(deps)],
  },
  { name: 'ttl-after-finished-controller', make: (deps) => [newTTLAfterFinishedController(deps)] },
  {
    name: 'pod-garbage-collector-controller',
    account: 'pod-garbage-collector',
    make: (deps, { terminatedPodThreshold }) => [
      newPodGCController(deps, { terminatedPodThreshold }),
      newOrphanedPodGCController(deps),
    ],
  },
]
