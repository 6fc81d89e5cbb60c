import { make, template } from './objects.ts'
import type { Row } from './rows.ts'

const admission = 'admissionregistration.k8s.io/v1'
const networking = 'networking.k8s.io/v1'
const rbac = 'rbac.authorization.k8s.io/v1'
const storage = 'storage.k8s.io/v1'
const flow = 'flowcontrol.apiserver.k8s.io/v1'
const resource = 'resource.k8s.io/v1'
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

/** The groups beyond core, apps, batch, autoscaling and policy. */
export const otherRows: Row[] = [
  {
    name: 'an Ingress of nothing',
    object: make(networking, 'Ingress', { spec: {} }),
    want: /^spec: Invalid value: .*: either `defaultBackend` or `rules` must be specified$/,
  },
  {
    name: 'an Ingress whose path has no type',
    object: make(networking, 'Ingress', {
      spec: {
        rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'a', port: { number: 80 } } } }] } }],
      },
    }),
    want: 'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
  },
  {
    name: 'an IngressClass without controller',
    object: make(networking, 'IngressClass', { spec: {} }),
    want: /^spec\.controller: Required value/,
  },
  {
    name: 'a NetworkPolicy of an unknown direction',
    object: make(networking, 'NetworkPolicy', { spec: { podSelector: {}, policyTypes: ['Sideways'] } }),
    want: 'spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"',
  },
  {
    name: 'a Role that allows nothing to be done',
    object: make(rbac, 'Role', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: [] }] }),
    want: 'rules[0].verbs: Required value: verbs must contain at least one value',
  },
  {
    name: 'a ClusterRole for paths and pods in one rule',
    object: make(rbac, 'ClusterRole', {
      rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], nonResourceURLs: ['/x'] }],
    }),
    want: 'rules[0].nonResourceURLs: Invalid value: ["/x"]: rules cannot apply to both regular resources and non-resource URLs',
  },
  {
    name: 'a RoleBinding of a nameless account',
    object: make(rbac, 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: '', namespace: 'default' }],
    }),
    want: 'subjects[0].name: Required value',
  },
  {
    name: 'another role of a RoleBinding',
    object: make(rbac, 'RoleBinding', {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    }),
    change: { roleRef: { name: 'edit' } },
    want: 'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"edit"}: cannot change roleRef',
  },
  {
    name: 'a StorageClass that reclaims in an unknown way',
    object: make(storage, 'StorageClass', { provisioner: 'p.example.com', reclaimPolicy: 'Burn' }),
    want: 'reclaimPolicy: Unsupported value: "Burn": supported values: "Delete", "Retain"',
  },
  {
    name: 'other parameters of a StorageClass',
    object: make(storage, 'StorageClass', { provisioner: 'p.example.com', parameters: { a: '1' } }),
    change: { parameters: { a: '2' } },
    want: 'parameters: Forbidden: updates to parameters are forbidden.',
  },
  {
    name: 'a PriorityClass above the user’s',
    object: make('scheduling.k8s.io/v1', 'PriorityClass', { value: 2000000000 }),
    want: 'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
  },
  {
    name: 'another value of a PriorityClass',
    object: make('scheduling.k8s.io/v1', 'PriorityClass', { value: 1 }),
    change: { value: 2 },
    want: /^value: /,
  },
  {
    name: 'a Lease that lasts no time',
    object: make('coordination.k8s.io/v1', 'Lease', { spec: { leaseDurationSeconds: 0 } }),
    want: 'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
  },
  {
    name: 'an EndpointSlice of an unknown family',
    object: make('discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv5', endpoints: [] }),
    want: 'addressType: Unsupported value: "IPv5": supported values: "FQDN", "IPv4", "IPv6"',
  },
  {
    name: 'a RuntimeClass of no handler',
    object: make('node.k8s.io/v1', 'RuntimeClass', { handler: 'Not A Name' }),
    want: /^handler: Invalid value: "Not A Name": a lowercase RFC 1123 label/,
  },
  {
    name: 'a CertificateSigningRequest of nothing',
    object: make('certificates.k8s.io/v1', 'CertificateSigningRequest', {
      spec: { request: Buffer.from('x').toString('base64'), signerName: 'a.example.com/b', usages: ['client auth'] },
    }),
    want: /^spec\.request: Invalid value: .*PEM block type must be CERTIFICATE REQUEST/,
  },
  {
    name: 'a webhook without side effects declared',
    object: make(admission, 'ValidatingWebhookConfiguration', {
      webhooks: [
        { name: 'a.example.com', clientConfig: { url: 'https://a.example.com' }, admissionReviewVersions: ['v1'] },
      ],
    }),
    want: /webhooks\[0\]\.sideEffects: Required value: must specify one of None, NoneOnDryRun/,
  },
  {
    name: 'a FlowSchema of an unknown level',
    object: make(flow, 'FlowSchema', { spec: { priorityLevelConfiguration: { name: '' } } }),
    want: 'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
  },
  {
    name: 'a PriorityLevelConfiguration of an unknown type',
    object: make(flow, 'PriorityLevelConfiguration', { spec: { type: 'Open' } }),
    want: 'spec.type: Unsupported value: "Open": supported values: "Exempt", "Limited"',
  },
  {
    name: 'a DeviceClass in capitals',
    object: make(resource, 'DeviceClass', { metadata: { name: 'A' }, spec: {} }),
    want: `metadata.name: Invalid value: "A": ${subdomain}`,
  },
  {
    name: 'a CustomResourceDefinition without schema',
    object: make('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
      metadata: { name: 'boats.harbour.example.org' },
      spec: {
        group: 'harbour.example.org',
        scope: 'Namespaced',
        names: { plural: 'boats', kind: 'Boat' },
        versions: [{ name: 'v1', served: true, storage: true }],
      },
    }),
    want: 'spec.versions[0].schema.openAPIV3Schema: Required value',
  },
  {
    name: 'an APIService of another name',
    object: make('apiregistration.k8s.io/v1', 'APIService', {
      spec: { group: 'a.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 },
    }),
    want: /^metadata\.name: Invalid value: "a": must be `spec\.version\+"\."\+spec\.group`/,
  },
  {
    name: 'an events.k8s.io Event of a Node in another namespace',
    object: make('events.k8s.io/v1', 'Event', {
      type: 'Normal',
      reason: 'R',
      action: 'A',
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'a.example.com/b',
      reportingInstance: 'a-1',
      regarding: { kind: 'Node', name: 'a' },
    }),
    want: 'involvedObject.namespace: Invalid value: "": does not match event.namespace',
  },
  {
    name: 'a ResourceClaimTemplate of a request without name',
    object: make(resource, 'ResourceClaimTemplate', {
      spec: { spec: { devices: { requests: [{ name: '', exactly: { deviceClassName: 'a' } }] } } },
    }),
    want: /^spec\.spec\.devices\.requests\[0\]\.name: Invalid value: "": a lowercase RFC 1123 label/,
  },
  { name: 'a template in a list of its own', object: make('v1', 'PodTemplate', { template: template() }) },
]
