import type { Container, NodeSelectorTerm, Pod, PodSpec } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { setPodDefaults } from '../defaults.ts'
import { validatePod } from './pod.ts'

/** The errors of a pod with these fields, after defaults. */
function errorsOf(spec: Partial<PodSpec>, container: Partial<Container> = {}): string[] {
  const pod: Pod = {
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'app:1', ...container }], ...spec },
  }
  setPodDefaults(pod)
  return validatePod(deepFreeze(pod)).map(formatFieldError)
}

interface Case {
  name: string
  spec?: Partial<PodSpec>
  container?: Partial<Container>
  want: string[]
}

const rows = (cases: Case[]) =>
  it.each(cases)('$name', ({ spec = {}, container = {}, want }) => {
    expect(errorsOf(spec, container)).toEqual(want)
  })

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const httpGet = { path: '/', port: 80 }
const at = 'spec.containers[0]'

describe('validation of pods: containers', () => {
  rows([
    { name: 'a small pod is valid', want: [] },
    { name: 'a pod needs a container', spec: { containers: [] }, want: ['spec.containers: Required value'] },
    { name: 'a container needs a name', container: { name: '' }, want: [`${at}.name: Required value`] },
    { name: 'a name is a DNS label', container: { name: 'C_1' }, want: [`${at}.name: Invalid value: "C_1": ${label}`] },
    {
      name: 'an image has no spaces around it',
      container: { image: ' app:1' },
      want: [`${at}.image: Invalid value: " app:1": must not have leading or trailing whitespace`],
    },
    { name: 'a container needs an image', container: { image: '' }, want: [`${at}.image: Required value`] },
    {
      name: 'names are unique',
      spec: {
        containers: [
          { name: 'c', image: 'a:1' },
          { name: 'c', image: 'a:1' },
        ],
      },
      want: ['spec.containers[1].name: Duplicate value: "c"'],
    },
    {
      name: 'init containers share the names of containers',
      spec: { initContainers: [{ name: 'c', image: 'a:1' }] },
      want: ['spec.initContainers[0].name: Duplicate value: "c"'],
    },
    {
      name: 'pull policies are three',
      container: { imagePullPolicy: 'Sometimes' },
      want: [
        `${at}.imagePullPolicy: Unsupported value: "Sometimes": supported values: "Always", "IfNotPresent", "Never"`,
      ],
    },
    {
      name: 'init containers have no probes',
      spec: { initContainers: [{ name: 'i', image: 'a:1', readinessProbe: { httpGet } }] },
      want: [
        'spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
      ],
    },
    {
      name: 'sidecars have probes',
      spec: { initContainers: [{ name: 'i', image: 'a:1', restartPolicy: 'Always', readinessProbe: { httpGet } }] },
      want: [],
    },
  ])
})

describe('validation of pods: ports and environment', () => {
  rows([
    {
      name: 'a port needs a number',
      container: { ports: [{ containerPort: 0 }] },
      want: [`${at}.ports[0].containerPort: Required value`],
    },
    {
      name: 'a port’s number has a range',
      container: { ports: [{ containerPort: 70000 }] },
      want: [`${at}.ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive`],
    },
    {
      name: 'port names are unique within a container',
      container: {
        ports: [
          { name: 'web', containerPort: 80 },
          { name: 'web', containerPort: 81 },
        ],
      },
      want: [`${at}.ports[1].name: Duplicate value: "web"`],
    },
    {
      name: 'host ports are unique within a pod',
      container: {
        ports: [
          { containerPort: 80, hostPort: 8080 },
          { containerPort: 81, hostPort: 8080 },
        ],
      },
      want: [`${at}.ports[1].hostPort: Duplicate value: "TCP//8080"`],
    },
    {
      name: 'the same host port serves two protocols',
      container: {
        ports: [
          { containerPort: 53, hostPort: 53 },
          { containerPort: 53, hostPort: 53, protocol: 'UDP' },
        ],
      },
      want: [],
    },
    {
      name: 'in the host’s network the ports are the host’s',
      spec: { hostNetwork: true },
      container: { ports: [{ containerPort: 80, hostPort: 8080 }] },
      want: [`${at}.ports[0].hostPort: Invalid value: 8080: must match \`containerPort\` when \`hostNetwork\` is true`],
    },
    {
      name: 'a variable needs a name',
      container: { env: [{ name: '' }] },
      want: [`${at}.env[0].name: Required value`],
    },
    {
      name: 'a variable has no = in its name',
      container: { env: [{ name: 'a=b' }] },
      want: [
        `${at}.env[0].name: Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII characters other than '='`,
      ],
    },
    { name: 'a variable may have a name that no shell takes', container: { env: [{ name: '1.a-b' }] }, want: [] },
    {
      name: 'a variable has a value or a source of it',
      container: { env: [{ name: 'A', value: 'v', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      want: [`${at}.env[0].valueFrom: Invalid value: "": may not be specified when \`value\` is not empty`],
    },
    {
      name: 'a source must say where from',
      container: { env: [{ name: 'A', valueFrom: {} }] },
      want: [
        `${at}.env[0].valueFrom: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
      ],
    },
    {
      name: 'not every field can be had',
      container: { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'spec.hostname' } } }] },
      want: [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: "spec.hostname": error converting fieldPath: field label not supported: spec.hostname`,
      ],
    },
    {
      name: 'all labels are for volumes only',
      container: { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }] },
      want: [
        `${at}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs"`,
      ],
    },
    {
      name: 'one label can be had',
      container: { env: [{ name: 'A', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] },
      want: [],
    },
    {
      name: 'a key must be named',
      container: { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: '' } } }] },
      want: [`${at}.env[0].valueFrom.secretKeyRef.key: Required value`],
    },
    {
      name: 'a whole source must be one',
      container: { envFrom: [{ configMapRef: { name: 'a' }, secretRef: { name: 'b' } }] },
      want: [`${at}.envFrom: Invalid value: "": may not have more than one field specified at a time`],
    },
  ])
})

describe('validation of pods: probes and hooks', () => {
  rows([
    {
      name: 'a probe needs a handler',
      container: { livenessProbe: {} },
      want: [`${at}.livenessProbe: Required value: must specify a handler type`],
    },
    {
      name: 'a probe has one handler',
      container: { livenessProbe: { httpGet, exec: { command: ['true'] } } },
      want: [`${at}.livenessProbe.httpGet: Forbidden: may not specify more than 1 handler type`],
    },
    {
      name: 'a liveness probe succeeds at once',
      container: { livenessProbe: { httpGet, successThreshold: 2 } },
      want: [`${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    },
    {
      name: 'a readiness probe may want more',
      container: { readinessProbe: { httpGet, successThreshold: 2 } },
      want: [],
    },
    {
      name: 'a probe’s times are not negative',
      container: { readinessProbe: { httpGet, periodSeconds: -1 } },
      want: [`${at}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
    },
    {
      name: 'a command must be there',
      container: { lifecycle: { preStop: { exec: {} } } },
      want: [`${at}.lifecycle.preStop.exec.command: Required value`],
    },
    {
      name: 'a port by name is a port’s name',
      container: { readinessProbe: { tcpSocket: { port: 'Web' } } },
      want: [
        `${at}.readinessProbe.tcpSocket.port: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      ],
    },
    {
      name: 'a sleep ends within the grace period',
      spec: { terminationGracePeriodSeconds: 5 },
      container: { lifecycle: { preStop: { sleep: { seconds: 6 } } } },
      want: [
        `${at}.lifecycle.preStop.sleep: Invalid value: 6: must be non-negative and less than terminationGracePeriodSeconds (5)`,
      ],
    },
  ])
})

describe('validation of pods: volumes and mounts', () => {
  const mount = (given = {}) => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...given }] })
  const volumes = [{ name: 'v' }]
  rows([
    { name: 'a volume is mounted', spec: { volumes }, container: mount(), want: [] },
    {
      name: 'what is mounted exists',
      container: mount(),
      want: [`${at}.volumeMounts[0].name: Not found: "v"`],
    },
    {
      name: 'a mount needs a path',
      spec: { volumes },
      container: mount({ mountPath: '' }),
      want: [`${at}.volumeMounts[0].mountPath: Required value`],
    },
    {
      name: 'a mount path is used once',
      spec: { volumes },
      container: {
        volumeMounts: [
          { name: 'v', mountPath: '/v' },
          { name: 'v', mountPath: '/v' },
        ],
      },
      want: [`${at}.volumeMounts[1].mountPath: Invalid value: "/v": must be unique`],
    },
    {
      name: 'a sub-path leads downwards',
      spec: { volumes },
      container: mount({ subPath: '../x' }),
      want: [`${at}.volumeMounts.subPath: Invalid value: "../x": must not contain '..'`],
    },
    {
      name: 'volume names are unique',
      spec: { volumes: [{ name: 'v' }, { name: 'v' }] },
      want: ['spec.volumes[1].name: Duplicate value: "v"'],
    },
    {
      name: 'a volume has one source',
      spec: { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] },
      want: ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    },
    {
      name: 'a host path has no way back',
      spec: { volumes: [{ name: 'v', hostPath: { path: '/a/../b' } }] },
      want: [`spec.volumes[0].hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    },
    {
      name: 'a secret is named',
      spec: { volumes: [{ name: 'v', secret: {} }] },
      want: ['spec.volumes[0].secret.secretName: Required value'],
    },
    {
      name: 'a mode is one of files',
      spec: { volumes: [{ name: 'v', configMap: { name: 'c', defaultMode: 512 } }] },
      want: [
        'spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      ],
    },
    {
      name: 'names that begin with two dots are the volume’s own',
      spec: { volumes: [{ name: 'v', configMap: { name: 'c', items: [{ key: 'k', path: '..x' }] } }] },
      want: [`spec.volumes[0].configMap.items[0].path: Invalid value: "..x": must not start with '..'`],
    },
    {
      name: 'tokens last ten minutes at least',
      spec: {
        serviceAccountName: 'default',
        volumes: [
          { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } },
        ],
      },
      want: [
        'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      ],
    },
    {
      name: 'two sources do not write one file',
      spec: {
        volumes: [
          {
            name: 'v',
            projected: {
              sources: [
                { configMap: { name: 'c', items: [{ key: 'k', path: 'x' }] } },
                { secret: { name: 's', items: [{ key: 'k', path: 'x' }] } },
              ],
            },
          },
        ],
      },
      want: ['spec.volumes[0].projected: Invalid value: "s": conflicting duplicate paths'],
    },
  ])
})

describe('validation of pods: resources', () => {
  const resources = (requests: Record<string, string>, limits: Record<string, string> = {}) => ({
    resources: { requests, limits },
  })
  rows([
    {
      name: 'a request lies within its limit',
      container: resources({ cpu: '2' }, { cpu: '1' }),
      want: [`${at}.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`],
    },
    {
      name: 'amounts are not negative',
      container: resources({ cpu: '-1' }),
      want: [`${at}.resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0`],
    },
    {
      name: 'resources without a domain are known',
      container: resources({ gpu: '1' }),
      want: [
        `${at}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource type or fully qualified`,
        `${at}.resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
      ],
    },
    {
      name: 'devices are whole',
      container: resources({}, { 'example.com/gpu': '500m' }),
      want: [
        `${at}.resources.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
        `${at}.resources.requests[example.com/gpu]: Invalid value: "500m": must be an integer`,
      ],
    },
    {
      name: 'devices are limited',
      container: resources({ 'example.com/gpu': '1' }),
      want: [`${at}.resources.limits: Required value: Limit must be set for non overcommitable resources`],
    },
  ])
})

describe('validation of pods: scheduling', () => {
  const required = (terms: NodeSelectorTerm[]) => ({
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } },
    },
  })
  const node = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  rows([
    {
      name: 'a node selector has a term',
      spec: required([]),
      want: [`${node}: Required value: must have at least one node selector term`],
    },
    {
      name: 'In has values',
      spec: required([{ matchExpressions: [{ key: 'zone', operator: 'In' }] }]),
      want: [
        `${node}[0].matchExpressions[0].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      ],
    },
    {
      name: 'operators are known',
      spec: required([{ matchExpressions: [{ key: 'zone', operator: 'Near' }] }]),
      want: [`${node}[0].matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator`],
    },
    {
      name: 'a toleration without key covers all',
      spec: { tolerations: [{ operator: 'Equal', value: 'x' }] },
      want: [
        'spec.tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    },
    {
      name: 'only eviction can be put off',
      spec: { tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 3 }] },
      want: [
        `spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when \`tolerationSeconds\` is set`,
      ],
    },
    {
      name: 'skew is positive',
      spec: { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      want: ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    },
    {
      name: 'gates are unique',
      spec: { schedulingGates: [{ name: 'a' }, { name: 'a' }] },
      want: ['spec.schedulingGates[1]: Duplicate value: "a"'],
    },
  ])
})

describe('validation of pods: the rest', () => {
  rows([
    {
      name: 'restart policies are three',
      spec: { restartPolicy: 'Maybe' },
      want: ['spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"'],
    },
    {
      name: 'who sets no DNS policy says where names are resolved',
      spec: { dnsPolicy: 'None' },
      want: ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    },
    {
      name: 'a deadline is positive',
      spec: { activeDeadlineSeconds: 0 },
      want: ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    },
    {
      name: 'a host name is a label',
      spec: { hostname: 'A.b' },
      want: [`spec.hostname: Invalid value: "A.b": ${label}`],
    },
    {
      name: 'user ids have a range',
      spec: { securityContext: { runAsUser: -1 } },
      want: ['spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive'],
    },
    {
      name: 'a privileged container escalates',
      container: { securityContext: { privileged: true, allowPrivilegeEscalation: false } },
      want: [
        `${at}.securityContext: Invalid value: {"Capabilities":null,"Privileged":true,"SELinuxOptions":null,"WindowsOptions":null,"RunAsUser":null,"RunAsGroup":null,"RunAsNonRoot":null,"ReadOnlyRootFilesystem":null,"AllowPrivilegeEscalation":false,"ProcMount":null,"SeccompProfile":null,"AppArmorProfile":null}: cannot set \`allowPrivilegeEscalation\` to false and \`privileged\` to true`,
      ],
    },
  ])
})

describe('a new pod', () => {
  it('has no ephemeral containers, and no node while it is gated', () => {
    const debug = { name: 'd', image: 'a:1', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }
    expect(errorsOf({ ephemeralContainers: [debug] })).toEqual([
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ])
    expect(errorsOf({ nodeName: 'n', schedulingGates: [{ name: 'g' }] })).toEqual([
      'spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared',
    ])
  })
})
