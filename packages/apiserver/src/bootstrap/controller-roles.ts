import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '@wherry/api'
import { read, recordEvents, rule } from '../authz/rule.ts'
import { binding, role, serviceAccount } from './role-builders.ts'

const signers =
  'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown'

/** What each controller may do, by its name (upstream `rbac/bootstrappolicy/controller_policy.go`). */
const controllers: Readonly<Record<string, readonly PolicyRule[]>> = {
  'attachdetach-controller': [
    rule('list watch', 'core', 'persistentvolumeclaims persistentvolumes'),
    rule(read, 'core', 'nodes'),
    rule('patch update', 'core', 'nodes/status'),
    rule('list watch', 'core', 'pods'),
    recordEvents,
    rule('create delete get list watch', 'storage.k8s.io', 'volumeattachments'),
    rule(read, 'storage.k8s.io', 'csidrivers'),
    rule(read, 'storage.k8s.io', 'csinodes'),
  ],
  'clusterrole-aggregation-controller': [
    rule('escalate get list patch update watch', 'rbac.authorization.k8s.io', 'clusterroles'),
  ],
  'cronjob-controller': [
    rule('get list update watch', 'batch', 'cronjobs'),
    rule('create delete get list patch update watch', 'batch', 'jobs'),
    rule('update', 'batch', 'cronjobs/status'),
    rule('update', 'batch', 'cronjobs/finalizers'),
    rule('delete list watch', 'core', 'pods'),
    recordEvents,
  ],
  'daemon-set-controller': [
    rule(read, 'apps extensions', 'daemonsets'),
    rule('update', 'apps extensions', 'daemonsets/status'),
    rule('update', 'apps extensions', 'daemonsets/finalizers'),
    rule('list watch', 'core', 'nodes'),
    rule('create delete list patch watch', 'core', 'pods'),
    rule('create', 'core', 'pods/binding'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    recordEvents,
  ],
  'deployment-controller': [
    rule('get list update watch', 'apps extensions', 'deployments'),
    rule('update', 'apps extensions', 'deployments/status'),
    rule('update', 'apps extensions', 'deployments/finalizers'),
    rule('create delete get list patch update watch', 'apps extensions', 'replicasets'),
    rule('get list update watch', 'core', 'pods'),
    recordEvents,
  ],
  'device-taint-eviction-controller': [
    rule('delete get list watch', 'core', 'pods'),
    rule('patch update', 'core', 'pods/status'),
    rule(read, 'resource.k8s.io', 'deviceclasses devicetaintrules resourceclaims resourceslices'),
    recordEvents,
  ],
  'disruption-controller': [
    rule(read, 'apps extensions', 'deployments'),
    rule(read, 'apps extensions', 'replicasets'),
    rule(read, 'core', 'replicationcontrollers'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    rule(read, 'apps', 'statefulsets'),
    rule('update', 'policy', 'poddisruptionbudgets/status'),
    rule('patch update', 'core', 'pods/status'),
    rule('get', '*', '*/scale'),
    recordEvents,
  ],
  'endpoint-controller': [
    rule(read, 'core', 'pods services'),
    rule('create delete get list update watch', 'core', 'endpoints'),
    rule('create', 'core', 'endpoints/restricted'),
    recordEvents,
  ],
  'endpointslice-controller': [
    rule(read, 'core', 'nodes pods services'),
    rule('update', 'core', 'services/finalizers'),
    rule('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    recordEvents,
  ],
  'endpointslicemirroring-controller': [
    rule(read, 'core', 'endpoints services'),
    rule('update', 'core', 'services/finalizers'),
    rule('update', 'core', 'endpoints/finalizers'),
    rule('create delete get list update watch', 'discovery.k8s.io', 'endpointslices'),
    recordEvents,
  ],
  'ephemeral-volume-controller': [
    rule(read, 'core', 'pods'),
    rule('update', 'core', 'pods/finalizers'),
    rule('create get list watch', 'core', 'persistentvolumeclaims'),
    recordEvents,
  ],
  'expand-controller': [
    rule('get list patch update watch', 'core', 'persistentvolumes'),
    rule('patch update', 'core', 'persistentvolumeclaims/status'),
    rule(read, 'core', 'persistentvolumeclaims'),
    recordEvents,
    rule('get', 'core', 'services'),
  ],
  'generic-garbage-collector': [rule('delete get list patch update watch', '*', '*'), recordEvents],
  'horizontal-pod-autoscaler': [
    rule(read, 'autoscaling', 'horizontalpodautoscalers'),
    rule('update', 'autoscaling', 'horizontalpodautoscalers/status'),
    rule('get update', '*', '*/scale'),
    rule('list watch', 'core', 'pods'),
    rule('list watch', 'metrics.k8s.io', 'pods'),
    rule(read, 'custom.metrics.k8s.io', '*'),
    rule(read, 'external.metrics.k8s.io', '*'),
    recordEvents,
  ],
  'job-controller': [
    rule('get list patch update watch', 'batch', 'jobs'),
    rule('update', 'batch', 'jobs/status'),
    rule('update', 'batch', 'jobs/finalizers'),
    rule('create delete list patch watch', 'core', 'pods'),
    recordEvents,
  ],
  'legacy-service-account-token-cleaner': [
    rule('get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'),
    rule('delete patch', 'core', 'secrets'),
  ],
  'namespace-controller': [
    rule('delete get list watch', 'core', 'namespaces'),
    rule('update', 'core', 'namespaces/finalize namespaces/status'),
    rule('delete deletecollection get list watch', '*', '*'),
  ],
  'node-controller': [
    rule('delete get list patch update watch', 'core', 'nodes'),
    rule('patch update', 'core', 'nodes/status'),
    rule('patch update', 'core', 'pods/status'),
    rule('delete get list watch', 'core', 'pods'),
    recordEvents,
    rule(read, 'coordination.k8s.io', 'leases'),
  ],
  'persistent-volume-binder': [
    rule('create delete get list update watch', 'core', 'persistentvolumes'),
    rule('update', 'core', 'persistentvolumes/status'),
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule('update', 'core', 'persistentvolumeclaims/status'),
    rule('create delete get list watch', 'core', 'pods'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule('list watch', 'core', 'nodes'),
    recordEvents,
    rule('watch', 'core', 'events'),
    rule('get', 'core', 'services'),
  ],
  'pod-garbage-collector': [
    rule('delete list watch', 'core', 'pods'),
    rule(read, 'core', 'nodes'),
    rule('patch', 'core', 'pods/status'),
  ],
  'pv-protection-controller': [rule('get list update watch', 'core', 'persistentvolumes'), recordEvents],
  'pvc-protection-controller': [
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule(read, 'core', 'pods'),
    recordEvents,
  ],
  'replicaset-controller': [
    rule('get list update watch', 'apps extensions', 'replicasets'),
    rule('update', 'apps extensions', 'replicasets/status'),
    rule('update', 'apps extensions', 'replicasets/finalizers'),
    rule('create delete list patch watch', 'core', 'pods'),
    recordEvents,
  ],
  'replication-controller': [
    rule('get list update watch', 'core', 'replicationcontrollers'),
    rule('update', 'core', 'replicationcontrollers/status'),
    rule('update', 'core', 'replicationcontrollers/finalizers'),
    rule('create delete list patch watch', 'core', 'pods'),
    recordEvents,
  ],
  'resource-claim-controller': [
    rule(read, 'core', 'pods'),
    rule('update', 'core', 'pods/finalizers'),
    rule('create delete get list watch', 'resource.k8s.io', 'resourceclaims'),
    rule('patch update', 'resource.k8s.io', 'resourceclaims resourceclaims/status'),
    rule('patch update', 'core', 'pods/status'),
    recordEvents,
  ],
  'resourcequota-controller': [
    rule('list watch', '*', '*'),
    rule('update', 'core', 'resourcequotas/status'),
    recordEvents,
  ],
  'root-ca-cert-publisher': [rule('create update', 'core', 'configmaps'), recordEvents],
  'route-controller': [rule('list watch', 'core', 'nodes'), rule('patch', 'core', 'nodes/status'), recordEvents],
  'selinux-warning-controller': [
    recordEvents,
    rule(read, 'core', 'persistentvolumes'),
    rule(read, 'core', 'persistentvolumeclaims'),
    rule(read, 'core', 'pods'),
    rule(read, 'storage.k8s.io', 'csidrivers'),
  ],
  'service-account-controller': [rule('create', 'core', 'serviceaccounts'), recordEvents],
  'service-cidrs-controller': [
    rule('get list patch update watch', 'networking.k8s.io', 'servicecidrs'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/finalizers'),
    rule('patch update', 'networking.k8s.io', 'servicecidrs/status'),
    rule(read, 'networking.k8s.io', 'ipaddresses'),
    recordEvents,
  ],
  'service-controller': [
    rule(read, 'core', 'services'),
    rule('patch update', 'core', 'services/status'),
    rule('list watch', 'core', 'nodes'),
    recordEvents,
  ],
  'statefulset-controller': [
    rule('list watch', 'core', 'pods'),
    rule(read, 'apps', 'statefulsets'),
    rule('update', 'apps', 'statefulsets/status'),
    rule('update', 'apps', 'statefulsets/finalizers'),
    rule('create delete get patch update', 'core', 'pods'),
    rule('create delete get list patch update watch', 'apps', 'controllerrevisions'),
    rule('create get list watch', 'core', 'persistentvolumeclaims'),
    recordEvents,
    rule('delete update', 'core', 'persistentvolumeclaims'),
    rule('update', 'core', 'pods/finalizers'),
  ],
  'ttl-after-finished-controller': [rule('delete get list watch', 'batch', 'jobs'), recordEvents],
  'ttl-controller': [rule('list patch update watch', 'core', 'nodes'), recordEvents],
  'validatingadmissionpolicy-status-controller': [
    rule(read, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    recordEvents,
  ],
  'volumeattributesclass-protection-controller': [
    rule(read, 'core', 'persistentvolumeclaims'),
    rule(read, 'core', 'persistentvolumes'),
    rule('get list update watch', 'storage.k8s.io', 'volumeattributesclasses'),
    recordEvents,
  ],
  'certificate-controller': [
    rule('delete get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
    rule('update', 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'),
    rule('approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'),
    rule('sign', 'certificates.k8s.io', 'signers', signers),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    recordEvents,
  ],
}

const roleName = (controller: string) => `system:controller:${controller}`

export const controllerRoles: readonly ClusterRole[] = Object.entries(controllers).map(([name, rules]) =>
  role(roleName(name), rules),
)

/** Each role is bound to the controller's service account, which it acts as with `--use-service-account-credentials`. */
export const controllerRoleBindings: readonly ClusterRoleBinding[] = Object.keys(controllers).map((name) =>
  binding(roleName(name), [serviceAccount('kube-system', name)]),
)
