import type { ClusterRole, ClusterRoleBinding } from '@wherry/api'
import { nodeRules } from '../authz/node-rules.ts'
import { read, recordEvents, rule, urlRule, write } from '../authz/rule.ts'
import { aggregate, binding, group, role, serviceAccount, user } from './role-builders.ts'

const readWrite = `${read} ${write}`
const aggregateTo = (name: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' })

/** Write access of a namespace's editors, to all but what governs the namespace itself. */
const edit = [
  rule(read, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(write, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  rule('create', 'core', 'pods/eviction'),
  rule(
    write,
    'core',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
  ),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(
    write,
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
  ),
  rule(write, 'autoscaling', 'horizontalpodautoscalers'),
  rule(write, 'batch', 'cronjobs jobs'),
  rule(
    write,
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
  ),
  rule(write, 'policy', 'poddisruptionbudgets'),
  rule(write, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule('create delete deletecollection get list patch update watch', 'coordination.k8s.io', 'leases'),
  rule(write, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
]

/** Read access of a namespace's viewers: nothing that would let them become someone else. */
const view = [
  rule(
    read,
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
  ),
  rule(
    read,
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  rule(read, 'core', 'namespaces'),
  rule(read, 'discovery.k8s.io', 'endpointslices'),
  rule(
    read,
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
  ),
  rule(read, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(read, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(
    read,
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
  ),
  rule(read, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(read, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  rule(read, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
]

const signer = (name: string) => [rule('approve', 'certificates.k8s.io', 'signers', `kubernetes.io/${name}`)]
const csr = 'system:certificates.k8s.io'

/** Roles under upstream's names (`rbac/bootstrappolicy/policy.go`). */
export const clusterRoles: readonly ClusterRole[] = [
  role('cluster-admin', [rule('*', '*', '*'), urlRule('*', '*')]),
  role('system:discovery', [
    urlRule('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ]),
  role('system:public-info-viewer', [urlRule('get', '/healthz /livez /readyz /version /version/')]),
  role('system:basic-user', [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ]),
  role('system:monitoring', [
    urlRule('get', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'),
  ]),
  aggregate('admin', 'aggregate-to-admin'),
  aggregate('edit', 'aggregate-to-edit', aggregateTo('admin')),
  aggregate('view', 'aggregate-to-view', aggregateTo('edit')),
  role(
    'system:aggregate-to-admin',
    [
      rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
      rule(readWrite, 'rbac.authorization.k8s.io', 'rolebindings roles'),
    ],
    aggregateTo('admin'),
  ),
  role('system:aggregate-to-edit', edit, aggregateTo('edit')),
  role('system:aggregate-to-view', view, aggregateTo('view')),
  role('system:heapster', [
    rule(read, 'core', 'events namespaces nodes pods'),
    rule(read, 'extensions', 'deployments'),
  ]),
  role('system:node', nodeRules),
  role('system:node-problem-detector', [
    rule('get', 'core', 'nodes'),
    rule('patch', 'core', 'nodes/status'),
    recordEvents,
  ]),
  role('system:kubelet-api-admin', [
    rule(read, 'core', 'nodes'),
    rule('proxy', 'core', 'nodes'),
    rule(
      '*',
      'core',
      'nodes/checkpoint nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/spec nodes/stats',
    ),
  ]),
  role('system:node-bootstrapper', [
    rule('create get list watch', 'certificates.k8s.io', 'certificatesigningrequests'),
  ]),
  role('system:auth-delegator', [
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
  ]),
  role('system:kube-aggregator', [rule(read, 'core', 'endpoints services')]),
  role('system:kube-controller-manager', [
    recordEvents,
    rule('create', 'coordination.k8s.io', 'leases'),
    rule('get update', 'coordination.k8s.io', 'leases', 'kube-controller-manager'),
    rule('create', 'core', 'secrets serviceaccounts'),
    rule('delete', 'core', 'secrets'),
    rule('get', 'core', 'configmaps namespaces secrets serviceaccounts'),
    rule('update', 'core', 'secrets serviceaccounts'),
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule('list watch', '*', '*'),
    rule('create', 'core', 'serviceaccounts/token'),
  ]),
  role('system:kube-dns', [rule('list watch', 'core', 'endpoints services')]),
  role('system:persistent-volume-provisioner', [
    rule('create delete get list watch', 'core', 'persistentvolumes'),
    rule('get list update watch', 'core', 'persistentvolumeclaims'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule('watch', 'core', 'events'),
    recordEvents,
  ]),
  role(`${csr}:certificatesigningrequests:nodeclient`, [
    rule('create', 'certificates.k8s.io', 'certificatesigningrequests/nodeclient'),
  ]),
  role(`${csr}:certificatesigningrequests:selfnodeclient`, [
    rule('create', 'certificates.k8s.io', 'certificatesigningrequests/selfnodeclient'),
  ]),
  role('system:volume-scheduler', [
    rule('get list patch update watch', 'core', 'persistentvolumes'),
    rule(read, 'storage.k8s.io', 'storageclasses'),
    rule('get list patch update watch', 'core', 'persistentvolumeclaims'),
  ]),
  role(`${csr}:legacy-unknown-approver`, signer('legacy-unknown')),
  role(`${csr}:kubelet-serving-approver`, signer('kubelet-serving')),
  role(`${csr}:kube-apiserver-client-approver`, signer('kube-apiserver-client')),
  role(`${csr}:kube-apiserver-client-kubelet-approver`, signer('kube-apiserver-client-kubelet')),
  role('system:service-account-issuer-discovery', [
    urlRule(
      'get',
      '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
    ),
  ]),
  role('system:node-proxier', [
    rule('list watch', 'core', 'services'),
    rule(read, 'core', 'nodes'),
    recordEvents,
    rule('list watch', 'discovery.k8s.io', 'endpointslices'),
    rule('list watch', 'networking.k8s.io', 'servicecidrs'),
  ]),
  role('system:kube-scheduler', [
    recordEvents,
    rule('create', 'coordination.k8s.io', 'leases'),
    rule('get list update watch', 'coordination.k8s.io', 'leases', 'kube-scheduler'),
    rule('create', 'coordination.k8s.io', 'leasecandidates'),
    rule('delete deletecollection get list patch update watch', 'coordination.k8s.io', 'leasecandidates'),
    rule(read, 'core', 'nodes'),
    rule('delete get list watch', 'core', 'pods'),
    rule('create', 'core', 'bindings pods/binding'),
    rule('patch update', 'core', 'pods/status'),
    rule(read, 'core', 'replicationcontrollers services'),
    rule(read, 'apps extensions', 'replicasets'),
    rule(read, 'apps', 'statefulsets'),
    rule(read, 'policy', 'poddisruptionbudgets'),
    rule(read, 'core', 'persistentvolumeclaims persistentvolumes'),
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    rule(read, 'storage.k8s.io', 'csinodes'),
    rule(read, 'core', 'namespaces'),
    rule(read, 'storage.k8s.io', 'csidrivers'),
    rule(read, 'storage.k8s.io', 'csistoragecapacities'),
    rule(read, 'resource.k8s.io', 'deviceclasses'),
    rule('get list patch update watch', 'resource.k8s.io', 'resourceclaims'),
    rule('get list patch update watch', 'resource.k8s.io', 'resourceclaims/status'),
    rule('get list patch update watch', 'core', 'pods/finalizers'),
    rule(read, 'resource.k8s.io', 'resourceslices'),
    rule(read, 'storage.k8s.io', 'volumeattachments'),
  ]),
]

const everyone = [group('system:authenticated'), group('system:unauthenticated')]

export const clusterRoleBindings: readonly ClusterRoleBinding[] = [
  binding('cluster-admin', [group('system:masters')]),
  binding('system:monitoring', [group('system:monitoring')]),
  binding('system:discovery', [group('system:authenticated')]),
  binding('system:basic-user', [group('system:authenticated')]),
  binding('system:public-info-viewer', everyone),
  binding('system:node-proxier', [user('system:kube-proxy')]),
  binding('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  binding('system:kube-dns', [serviceAccount('kube-system', 'kube-dns')]),
  binding('system:kube-scheduler', [user('system:kube-scheduler')]),
  binding('system:volume-scheduler', [user('system:kube-scheduler')]),
  // The node authorizer speaks for nodes: this binding has had no subjects since 1.8.
  binding('system:node', []),
  binding('system:service-account-issuer-discovery', [group('system:serviceaccounts')]),
]
