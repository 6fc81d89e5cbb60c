import { claim, container, make, pod, podSpec, podWith, service, volume } from './objects.ts'
import type { Row } from './rows.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const c0 = 'spec.containers[0]'
const probe = { httpGet: { port: 80 } }

export const podRows: Row[] = [
  { name: 'a pod', object: pod() },
  { name: 'a pod without containers', object: pod({ containers: [] }), want: 'spec.containers: Required value' },
  {
    name: 'a container name in capitals',
    object: podWith({ name: 'C' }),
    want: `${c0}.name: Invalid value: "C": ${label}`,
  },
  { name: 'a container without image', object: podWith({ image: '' }), want: `${c0}.image: Required value` },
  {
    name: 'an unknown pull policy',
    object: podWith({ imagePullPolicy: 'Often' }),
    want: `${c0}.imagePullPolicy: Unsupported value: "Often": supported values: "Always", "IfNotPresent", "Never"`,
  },
  {
    name: 'more requested than the limit',
    object: podWith({ resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } }),
    want: `${c0}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
  },
  {
    name: 'a resource that nobody knows',
    object: podWith({ resources: { limits: { gpus: '1' } } }),
    want: `[${c0}.resources.limits[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified, ${c0}.resources.limits[gpus]: Invalid value: "gpus": must be a standard resource for containers, ${c0}.resources.requests[gpus]: Invalid value: "gpus": must be a standard resource type or fully qualified, ${c0}.resources.requests[gpus]: Invalid value: "gpus": must be a standard resource for containers]`,
  },
  {
    name: 'half a device',
    object: podWith({ resources: { limits: { 'example.com/gpu': '500m' } } }),
    want: `[${c0}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer, ${c0}.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer]`,
  },
  {
    name: 'a port out of range',
    object: podWith({ ports: [{ containerPort: 70000 }] }),
    want: `${c0}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`,
  },
  {
    name: 'a host port that differs in the host’s network',
    object: pod({ hostNetwork: true, containers: [container({ ports: [{ containerPort: 80, hostPort: 81 }] })] }),
    want: `${c0}.ports[0].hostPort: Invalid value: 81: must match \`containerPort\` when \`hostNetwork\` is true`,
  },
  {
    name: 'a mount of no volume',
    object: podWith({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    want: `${c0}.volumeMounts[0].name: Not found: "v"`,
  },
  {
    name: 'a volume of two kinds',
    object: pod({ volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/v' } }] }),
    want: 'spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type',
  },
  {
    name: 'a projected token that lasts a minute',
    object: pod({
      serviceAccountName: 'default',
      volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } }],
    }),
    want: 'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
  },
  {
    name: 'an ephemeral volume without access modes',
    object: pod({
      volumes: [
        {
          name: 'v',
          ephemeral: { volumeClaimTemplate: { spec: { resources: { requests: { storage: '1Gi' } } } } },
        },
      ],
    }),
    want: 'spec.volumes[0].ephemeral.volumeClaimTemplate.spec.accessModes: Required value: at least 1 access mode is required',
  },
  { name: 'a volume of an image', object: pod({ volumes: [{ name: 'v', image: { reference: 'wherry/hello' } }] }) },
  {
    name: 'a volume of no image',
    object: pod({ volumes: [{ name: 'v', image: {} }] }),
    want: 'spec.volumes[0].image.reference: Required value',
  },
  {
    name: 'a variable without name',
    object: podWith({ env: [{ name: '' }] }),
    want: `${c0}.env[0].name: Required value`,
  },
  {
    name: 'a variable from nowhere',
    object: podWith({ env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.volumes' } } }] }),
    want: `${c0}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.volumes": error converting fieldPath: field label not supported: spec.volumes`,
  },
  {
    name: 'two handlers for one probe',
    object: podWith({ readinessProbe: { ...probe, tcpSocket: { port: 80 } } }),
    want: `${c0}.readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
  },
  {
    name: 'a liveness probe that must succeed twice',
    object: podWith({ livenessProbe: { ...probe, successThreshold: 2 } }),
    want: `${c0}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
  },
  {
    name: 'restart rules without a policy',
    object: podWith({ restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }] }),
    want: `${c0}.restartPolicy: Required value: must specify restartPolicy when restart rules are used`,
  },
  {
    name: 'an init container with a probe',
    object: pod({ initContainers: [container({ name: 'i', livenessProbe: probe })] }),
    want: 'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
  },
  {
    name: 'an unknown restart policy',
    object: pod({ restartPolicy: 'Sometimes' }),
    want: 'spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
  },
  {
    name: 'a toleration of everything without Exists',
    object: pod({ tolerations: [{ operator: 'Equal', value: 'x' }] }),
    want: 'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
  },
  {
    name: 'a spread over no topology',
    object: pod({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: '', whenUnsatisfiable: 'Maybe' }] }),
    want: '[spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero, spec.topologySpreadConstraints[0].topologyKey: Required value: can not be empty, spec.topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Maybe": supported values: "DoNotSchedule", "ScheduleAnyway"]',
  },
  {
    name: 'a node affinity without values',
    object: pod({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In' }] }],
          },
        },
      },
    }),
    want: "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  },
  {
    name: 'users of its own in the host’s network',
    object: pod({ hostUsers: false, hostNetwork: true }),
    want: 'spec.hostNetwork: Forbidden: when `pod.Spec.HostUsers` is false',
  },
  {
    name: 'Linux fields of a Windows pod',
    object: pod({ os: { name: 'windows' }, hostPID: true }),
    want: 'spec.hostPID: Forbidden: cannot be set for a windows pod',
  },
  {
    name: 'another system',
    object: pod({ os: { name: 'plan9' } }),
    want: 'spec.os: Unsupported value: "plan9": supported values: "linux", "windows"',
  },
  {
    name: 'a gate with a node',
    object: pod({ nodeName: 'node-1', schedulingGates: [{ name: 'a' }] }),
    want: 'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
  },
  {
    name: 'a claim of devices that says nothing',
    object: pod({ resourceClaims: [{ name: 'r' }] }),
    want: 'spec.resourceClaims[0]: Invalid value: {"Name":"r","ResourceClaimName":null,"ResourceClaimTemplateName":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
  },
  {
    name: 'an ephemeral container from the beginning',
    object: pod({ ephemeralContainers: [{ name: 'd', image: 'wherry/hello' }] }),
    want: 'spec.ephemeralContainers: Forbidden: cannot be set on create',
  },
  {
    name: 'no name server at all',
    object: pod({ dnsPolicy: 'None' }),
    want: 'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
  },
  {
    name: 'a finalizer without domain',
    object: pod({}, { finalizers: ['mine'] }),
    want: 'metadata.finalizers[0]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  },
  {
    name: 'another container in an existing pod',
    object: pod(),
    change: { spec: { containers: [container(), container({ name: 'd' })] } },
    want: 'spec.containers: Forbidden: pod updates may not add or remove containers',
  },
  { name: 'another image in an existing pod', object: pod(), change: { spec: podSpec({ containers: undefined }) } },
  {
    name: 'a longer deadline of an existing pod',
    object: pod({ activeDeadlineSeconds: 10 }),
    change: { spec: { activeDeadlineSeconds: 20 } },
    want: 'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
  },
]

export const coreRows: Row[] = [
  { name: 'a Service', object: service() },
  {
    name: 'a Service without ports',
    object: service({ ports: [] }),
    want: 'spec.ports: Required value',
  },
  {
    name: 'two ports without names',
    object: service({ ports: [{ port: 80 }, { port: 81 }] }),
    want: '[spec.ports[0].name: Required value, spec.ports[1].name: Required value]',
  },
  {
    name: 'one port twice',
    object: service({
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    }),
    want: 'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
  },
  {
    name: 'an unknown type of Service',
    object: service({ type: 'Any' }),
    want: 'spec.type: Unsupported value: "Any": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  },
  {
    name: 'a node port of a ClusterIP',
    object: service({ ports: [{ port: 80, nodePort: 30080 }] }),
    want: "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  },
  {
    name: 'an ExternalName without name',
    object: service({ type: 'ExternalName' }),
    want: 'spec.externalName: Required value',
  },
  {
    name: 'a change of the cluster address',
    object: service({ clusterIP: 'None' }),
    change: { spec: { sessionAffinity: 'Sticky' } },
    want: 'spec.sessionAffinity: Unsupported value: "Sticky": supported values: "ClientIP", "None"',
  },
  {
    name: 'a ConfigMap key with a slash',
    object: make('v1', 'ConfigMap', { data: { 'a/b': '' } }),
    want: `data[a/b]: Invalid value: "a/b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
  },
  {
    name: 'new data in an immutable ConfigMap',
    object: make('v1', 'ConfigMap', { immutable: true, data: { a: '1' } }),
    change: { data: { a: '2' } },
    want: 'data: Forbidden: field is immutable when `immutable` is set',
  },
  {
    name: 'a TLS Secret without key',
    object: make('v1', 'Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }),
    want: 'data[tls.key]: Required value',
  },
  {
    name: 'another type of a Secret',
    object: make('v1', 'Secret', { type: 'a.example.com/b' }),
    change: { type: 'Opaque' },
    want: 'type: Invalid value: "Opaque": field is immutable',
  },
  {
    name: 'a LimitRange whose minimum is above its maximum',
    object: make('v1', 'LimitRange', { spec: { limits: [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }] } }),
    want: 'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  },
  {
    name: 'a LimitRange for claims that says nothing of storage',
    object: make('v1', 'LimitRange', { spec: { limits: [{ type: 'PersistentVolumeClaim' }] } }),
    want: 'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  },
  {
    name: 'a ResourceQuota of a scope that its resource has not',
    object: make('v1', 'ResourceQuota', { spec: { hard: { cpu: '1' }, scopes: ['BestEffort'] } }),
    want: 'spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource',
  },
  {
    name: 'other scopes of a ResourceQuota',
    object: make('v1', 'ResourceQuota', { spec: { hard: { pods: '1' }, scopes: ['BestEffort'] } }),
    change: { spec: { scopes: ['Terminating'] } },
    want: 'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
  },
  {
    name: 'a ReplicationController that selects nothing of its own',
    object: make('v1', 'ReplicationController', {
      spec: { selector: { app: 'b' }, template: { metadata: { labels: { app: 'a' } }, spec: podSpec() } },
    }),
    want: 'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
  },
  {
    name: 'a PodTemplate without containers',
    object: make('v1', 'PodTemplate', { template: { spec: { containers: [] } } }),
    want: 'template.spec.containers: Required value',
  },
  {
    name: 'a claim of no size',
    object: claim({ resources: {} }),
    want: 'spec.resources[storage]: Required value',
  },
  {
    name: 'a claim in an unknown mode',
    object: claim({ accessModes: ['ReadSometimes'] }),
    want: 'spec.accessModes: Unsupported value: "ReadSometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
  },
  { name: 'a PersistentVolume', object: volume() },
  {
    name: 'a PersistentVolume of two sources',
    object: volume({ nfs: { server: 's', path: '/' } }),
    want: 'spec.nfs: Forbidden: may not specify more than 1 volume type',
  },
  {
    name: 'a local PersistentVolume anywhere',
    object: volume({ hostPath: undefined, local: { path: '/data' } }),
    want: 'spec.nodeAffinity: Required value: Local volume requires node affinity',
  },
  {
    name: 'a PersistentVolume of a nameless driver',
    object: volume({ hostPath: undefined, csi: { driver: 'd.example.com', volumeHandle: '' } }),
    want: 'spec.csi.volumeHandle: Required value',
  },
  {
    name: 'a Node with a taint twice',
    object: make('v1', 'Node', {
      spec: {
        taints: [
          { key: 'k', effect: 'NoSchedule' },
          { key: 'k', effect: 'NoSchedule' },
        ],
      },
    }),
    want: 'metadata.taints[1]: Duplicate value: {"Key":"k","Value":"","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
  },
  {
    name: 'a Namespace in capitals',
    object: make('v1', 'Namespace', { metadata: { name: 'A' } }),
    want: `metadata.name: Invalid value: "A": ${label}`,
  },
  {
    name: 'Endpoints without addresses',
    object: make('v1', 'Endpoints', { subsets: [{ ports: [{ port: 80 }] }] }),
    want: 'subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`',
  },
  {
    name: 'an Event of another namespace',
    object: make('v1', 'Event', { involvedObject: { kind: 'Pod', namespace: 'elsewhere', name: 'a' } }),
    want: 'involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace',
  },
  {
    name: 'a label with a space',
    object: make('v1', 'ServiceAccount', { metadata: { labels: { 'a b': '' } } }),
    want: `metadata.labels: Invalid value: "a b": ${qualified}`,
  },
]
