/** An object as a client sends it. */
export interface Manifest {
  apiVersion: string
  kind: string
  metadata: Record<string, unknown> & { name: string }
  [member: string]: unknown
}

type Members = Record<string, unknown>

/** Small valid objects, to which a row adds what it is about. */
export function make(apiVersion: string, kind: string, rest: Members = {}): Manifest {
  const { metadata, ...members } = rest
  return { apiVersion, kind, metadata: { name: 'a', ...Object(metadata) }, ...members }
}

export const container = (more: Members = {}): Members => ({ name: 'c', image: 'wherry/hello', ...more })
export const podSpec = (more: Members = {}): Members => ({ containers: [container()], ...more })
export const pod = (spec: Members = {}, metadata: Members = {}): Manifest =>
  make('v1', 'Pod', { metadata, spec: podSpec(spec) })
export const podWith = (more: Members): Manifest => pod({ containers: [container(more)] })

const labels = { app: 'a' }
export const template = (spec: Members = {}): Members => ({ metadata: { labels }, spec: podSpec(spec) })
export const selector = { matchLabels: labels }
const workload =
  (kind: string) =>
  (spec: Members = {}): Manifest =>
    make('apps/v1', kind, { spec: { selector, template: template(), ...spec } })
export const deployment = workload('Deployment')
export const replicaSet = workload('ReplicaSet')
export const daemonSet = workload('DaemonSet')
export const statefulSet = (spec: Members = {}): Manifest => workload('StatefulSet')({ serviceName: 'a', ...spec })

export const jobSpec = (more: Members = {}): Members => ({
  template: { spec: podSpec({ restartPolicy: 'Never' }) },
  ...more,
})
export const job = (more: Members = {}): Manifest => make('batch/v1', 'Job', { spec: jobSpec(more) })
export const cronJob = (more: Members = {}): Manifest =>
  make('batch/v1', 'CronJob', { spec: { schedule: '* * * * *', jobTemplate: { spec: jobSpec() }, ...more } })

export const service = (spec: Members = {}): Manifest =>
  make('v1', 'Service', { spec: { ports: [{ port: 80 }], ...spec } })
export const claimSpec = (more: Members = {}): Members => ({
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  ...more,
})
export const claim = (more: Members = {}): Manifest => make('v1', 'PersistentVolumeClaim', { spec: claimSpec(more) })
export const volume = (more: Members = {}): Manifest =>
  make('v1', 'PersistentVolume', {
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/data' }, ...more },
  })
export const autoscaler = (more: Members = {}): Manifest =>
  make('autoscaling/v2', 'HorizontalPodAutoscaler', {
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'a' }, maxReplicas: 3, ...more },
  })
