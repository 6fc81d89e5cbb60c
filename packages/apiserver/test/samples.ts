import { apiVersionOf, type FieldInfo, type KubeObject, type ResourceInfo, resources, typeInfo } from '@wherry/api'
import { deepClone } from '@wherry/apimachinery'
import type { ResourceDefinition } from '../src/registry/resource.ts'
import { definitions } from '../src/resources/index.ts'

/** One stored resource, and where its objects are in the tests. */
export interface Walked {
  /** Such as `apps/v1/deployments`. */
  readonly id: string
  readonly info: ResourceInfo
  readonly definition: ResourceDefinition
  /** The path of its collection, in the namespace `default` where there are namespaces. */
  readonly collection: string
  /** The path of all its objects. */
  readonly everywhere: string
  /** The label that the objects of the tests have, so that those of the server are left alone. */
  readonly selector: string
}

export const namespace = 'default'

/** Every resource that the server stores. */
export const walked: readonly Walked[] = resources.flatMap((info) => {
  const { group, version, resource, namespaced } = info
  const definition = definitions.find(
    ({ kind, computed }) => !computed && kind.group === group && kind.version === version && kind.resource === resource,
  )
  if (!definition) return []
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return {
    id: `${group === '' ? '' : `${group}/`}${version}/${resource}`,
    info,
    definition,
    collection: `${base}/${namespaced ? `namespaces/${namespace}/` : ''}${resource}`,
    everywhere: `${base}/${resource}`,
    selector: `walk=${markOf(info)}`,
  }
})

/** Forms of the same objects have different names in the tests. */
function markOf({ group, version }: Pick<ResourceInfo, 'group' | 'version'>): string {
  return `${group.split('.')[0]}${version}`
}

/**
 * A small object that is valid: what its kind requires according to the field table, and what validation asks for
 * beyond. Objects of different numbers have different names.
 */
export function sampleOf({ info }: Pick<Walked, 'info'>, number: number): KubeObject {
  const mark = markOf(info)
  const key = `${info.group}/${info.resource}`
  const name = names[key]?.(number) ?? `walk-${mark}-${number}`
  const wanted = wants[key]?.(name) ?? {}
  return {
    kind: info.kind,
    apiVersion: apiVersionOf(info),
    ...Object(required(info.typeName, [])),
    ...deepClone(wanted),
    metadata: { name, labels: { walk: mark } },
  }
}

/** A status that the kind accepts; `message` makes it differ from others. */
export function statusOf({ info }: Pick<Walked, 'info'>, message: string): object {
  const own = statuses[`${info.group}/${info.version}/${info.resource}`]
  if (own) return own(message)
  return { conditions: [{ type: 'Walked', status: 'True', reason: 'Walk', message, lastTransitionTime: time }] }
}

const time = '2026-01-01T00:00:00Z'
const ends = (message: string) => message.length

const scalars: Readonly<Record<string, unknown>> = {
  bool: false,
  int32: 1,
  int64: 1,
  double: 1,
  Time: time,
  MicroTime: '2026-01-01T00:00:00.000000Z',
  Quantity: '1',
  IntOrString: 1,
  RawExtension: {},
  JSON: {},
}

/** A value of a type with the fields that it must have, and at the top with a spec. */
function required(type: string, within: readonly string[]): unknown {
  const info = typeInfo(type)
  if (!info) return scalars[type] ?? 'x'
  if (info.alias) return fieldOf(info.alias, within)
  const fields = Object.entries(info.fields).filter(
    ([name, field]) => field.required || (name === 'spec' && within.length === 0),
  )
  return Object.fromEntries(fields.map(([name, field]) => [name, fieldOf(field, [...within, type])]))
}

function fieldOf(field: FieldInfo, within: readonly string[]): unknown {
  const value = within.includes(field.type) ? {} : required(field.type, within)
  if (field.list) return [value]
  return field.map ? { key: value } : value
}

const labels = { app: 'walk' }
const podSpec = { containers: [{ name: 'c', image: 'example.com/i:1' }] }
const template = { metadata: { labels }, spec: podSpec }
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } }
const selector = { matchLabels: labels }
const rbacGroup = 'rbac.authorization.k8s.io'
const roleRef = { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'view' }

/** What validation asks for beyond the field table; by group and resource, in place of the fields found there. */
const wants: Readonly<Record<string, (name: string) => object>> = {
  '/configmaps': () => ({ data: { key: 'value' } }),
  '/endpoints': () => ({ subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }] }),
  '/events': () => ({ involvedObject: { kind: 'Pod', name: 'p', namespace }, reason: 'Walked' }),
  '/limitranges': () => ({ spec: { limits: [{ type: 'Pod', max: { cpu: '1' } }] } }),
  '/namespaces': () => ({ spec: { finalizers: ['kubernetes'] } }),
  '/persistentvolumeclaims': () => ({
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  }),
  '/persistentvolumes': () => ({
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/data' } },
  }),
  '/pods': () => ({ spec: podSpec }),
  '/podtemplates': () => ({ template }),
  '/replicationcontrollers': () => ({ spec: { selector: labels, template } }),
  '/resourcequotas': () => ({ spec: { hard: { 'requests.storage': '1000Gi' } } }),
  '/services': () => ({ spec: { selector: labels, ports: [{ port: 80 }] } }),
  'admissionregistration.k8s.io/mutatingadmissionpolicies': () => ({
    spec: {
      matchConstraints: { resourceRules: [rule] },
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{}' } }],
      reinvocationPolicy: 'Never',
    },
  }),
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': () => ({ spec: { policyName: 'p' } }),
  'admissionregistration.k8s.io/validatingadmissionpolicies': () => ({
    spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] },
  }),
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': () => ({
    spec: { policyName: 'p', validationActions: ['Deny'] },
  }),
  'apiextensions.k8s.io/customresourcedefinitions': (name) => ({
    spec: {
      group: 'example.com',
      names: {
        plural: name.split('.')[0],
        kind: `Walk${name.replace(/\D/g, '')}`,
      },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  }),
  // Without a service: the server itself writes what it finds out of one.
  'apiregistration.k8s.io/apiservices': (name) => ({
    spec: {
      group: name.slice('v1.'.length),
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
    },
  }),
  'apps/controllerrevisions': () => ({ data: { some: 'state' }, revision: 1 }),
  'apps/daemonsets': () => ({ spec: { selector, template } }),
  'apps/deployments': () => ({ spec: { selector, template } }),
  'apps/replicasets': () => ({ spec: { selector, template } }),
  'apps/statefulsets': () => ({ spec: { selector, template, serviceName: 's' } }),
  'autoscaling/horizontalpodautoscalers': () => ({
    spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } },
  }),
  'batch/cronjobs': () => ({ spec: { schedule: '0 0 * * *', jobTemplate: { spec: { template: jobTemplate } } } }),
  'batch/jobs': () => ({ spec: { template: jobTemplate } }),
  'certificates.k8s.io/certificatesigningrequests': () => ({
    spec: { request: signingRequest, signerName: 'example.com/walk', usages: ['client auth'] },
  }),
  'discovery.k8s.io/endpointslices': () => ({ addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'] }] }),
  'events.k8s.io/events': () => ({
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'example.com/walk',
    reportingInstance: 'walk-1',
    action: 'Walk',
    reason: 'Walked',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'p', namespace },
  }),
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': () => ({
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  }),
  'networking.k8s.io/ingressclasses': () => ({ spec: { controller: 'example.com/walk' } }),
  'networking.k8s.io/ingresses': () => ({
    spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
  }),
  'networking.k8s.io/ipaddresses': () => ({ spec: { parentRef: { resource: 'services', name: 's', namespace } } }),
  'networking.k8s.io/servicecidrs': (name) => ({ spec: { cidrs: [`10.${name.split('-').at(-1)}.0.0/16`] } }),
  'policy/poddisruptionbudgets': () => ({ spec: { minAvailable: 1, selector } }),
  'rbac.authorization.k8s.io/clusterrolebindings': () => ({ roleRef }),
  'rbac.authorization.k8s.io/rolebindings': () => ({ roleRef }),
  'resource.k8s.io/resourceslices': (name) => ({
    spec: {
      driver: 'walk.example.com',
      nodeName: 'n',
      pool: { name, generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'd' }],
    },
  }),
  'scheduling.k8s.io/priorityclasses': () => ({ value: 5 }),
  'storage.k8s.io/csinodes': () => ({ spec: { drivers: [{ name: 'walk.example.com', nodeID: 'n' }] } }),
  'storage.k8s.io/volumeattachments': () => ({
    spec: { attacher: 'walk.example.com', nodeName: 'n', source: { persistentVolumeName: 'pv' } },
  }),
  'storage.k8s.io/storageclasses': () => ({ provisioner: 'walk.example.com' }),
  'storage.k8s.io/volumeattributesclasses': () => ({ driverName: 'walk.example.com', parameters: { key: 'value' } }),
}

const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }

/** Names that are not free to choose. */
const names: Readonly<Record<string, (number: number) => string>> = {
  'apiextensions.k8s.io/customresourcedefinitions': (number) => `walks${number}.example.com`,
  'apiregistration.k8s.io/apiservices': (number) => `v1.walk${number}.example.com`,
  'networking.k8s.io/ipaddresses': (number) => `192.0.2.${number}`,
}

/** Statuses of kinds without conditions, or that say more of them; by group, version and resource. */
const statuses: Readonly<Record<string, (message: string) => object>> = {
  '/v1/persistentvolumes': (message) => ({ phase: 'Failed', message }),
  '/v1/resourcequotas': (message) => ({ hard: { pods: '9' }, used: { pods: `${ends(message)}` } }),
  'apiregistration.k8s.io/v1/apiservices': (message) => ({
    conditions: [{ type: 'Available', status: 'True', reason: 'Walk', message, lastTransitionTime: time }],
  }),
  'autoscaling/v1/horizontalpodautoscalers': (message) => ({ currentReplicas: 1, desiredReplicas: ends(message) }),
  'batch/v1/cronjobs': (message) => ({ active: [{ kind: 'Job', name: message }] }),
  'networking.k8s.io/v1/ingresses': (message) => ({
    loadBalancer: { ingress: [{ hostname: message.replaceAll(' ', '-') }] },
  }),
  'policy/v1/poddisruptionbudgets': (message) => ({
    currentHealthy: 1,
    desiredHealthy: 1,
    disruptionsAllowed: 0,
    expectedPods: ends(message),
  }),
  'resource.k8s.io/v1/resourceclaims': (message) => ({
    allocation: { devices: {} },
    reservedFor: [{ resource: 'pods', name: message, uid: 'u' }],
  }),
  'storage.k8s.io/v1/volumeattachments': (message) => ({ attached: true, attachmentMetadata: { message } }),
}

/** A PKCS#10 request for the common name `walk`. */
const signingRequest = Buffer.from(`-----BEGIN CERTIFICATE REQUEST-----
MIHJMHECAQAwDzENMAsGA1UEAwwEd2FsazBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABGU38AHOWMhCVGzR35SgAZYFxDgR7JQBeev1V7xL+/alvukkEFaRdah7LdMA
SR9XBI4T8+aCsglA1Mqli3GBd/egADAKBggqhkjOPQQDAgNIADBFAiEAhaAk9qxT
zjaumWeALcZO29rWxQW0LoiQCVrdRLgqIuYCICrxy2wfLEJsrhoTnKwaR7uiU27+
SDlEWQYwBO7T/70O
-----END CERTIFICATE REQUEST-----
`).toString('base64')
