import type { Node, Pod, ReplicaSet, Deployment, Service } from '@wherry/api'
import { deepFreeze, formatTime } from '@wherry/apimachinery'

let nextUid = 1

/** A uid that no other builder has given. */
export function newUid(): string {
  return `uid-${nextUid++}`
}

export interface PodShape {
  name?: string
  namespace?: string
  uid?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  owner?: { kind: string; name: string; uid: string; apiVersion?: string }
  node?: string
  phase?: string
  ip?: string
  /** Milliseconds since the epoch at which it became ready; absent: it is not. */
  readySince?: number
  deleting?: boolean
  created?: number
  restarts?: number
}

/** A pod as listers hand it out: frozen. */
export function aPod(shape: PodShape = {}) {
  const { name = 'p', namespace = 'default', uid = newUid(), owner, phase = 'Running' } = shape
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion: '1',
      creationTimestamp: formatTime(shape.created ?? 0),
      ...(shape.labels ? { labels: shape.labels } : {}),
      ...(shape.annotations ? { annotations: shape.annotations } : {}),
      ...(shape.deleting ? { deletionTimestamp: formatTime(0) } : {}),
      ...(owner
        ? { ownerReferences: [{ apiVersion: 'apps/v1', controller: true, blockOwnerDeletion: true, ...owner }] }
        : {}),
    },
    spec: { containers: [{ name: 'c', image: 'i' }], ...(shape.node ? { nodeName: shape.node } : {}) },
    status: {
      phase,
      ...(shape.ip ? { podIP: shape.ip, podIPs: [{ ip: shape.ip }] } : {}),
      conditions:
        shape.readySince === undefined
          ? [{ type: 'Ready', status: 'False' }]
          : [{ type: 'Ready', status: 'True', lastTransitionTime: formatTime(shape.readySince) }],
      containerStatuses: [
        {
          name: 'c',
          image: 'i',
          imageID: '',
          ready: shape.readySince !== undefined,
          restartCount: shape.restarts ?? 0,
        },
      ],
    },
  }
  return deepFreeze(pod)
}

export interface SetShape {
  name?: string
  image?: string
  replicas?: number
  /** Observed replicas; as asked for unless told. */
  actual?: number
  ready?: number
  available?: number
  created?: number
  annotations?: Record<string, string>
  revision?: number
  failure?: string
}

/** A ReplicaSet of the Deployment that `aDeployment` makes. */
export function aReplicaSet(shape: SetShape = {}) {
  const { name = 'web-1', replicas = 0, image = 'v1' } = shape
  const actual = shape.actual ?? replicas
  const set: ReplicaSet = {
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      generation: 1,
      creationTimestamp: formatTime(shape.created ?? 0),
      annotations: {
        ...(shape.revision === undefined ? {} : { 'deployment.kubernetes.io/revision': String(shape.revision) }),
        ...shape.annotations,
      },
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': name } },
      template: template(image, { 'pod-template-hash': name }),
    },
    status: {
      replicas: actual,
      readyReplicas: shape.ready ?? shape.available ?? actual,
      availableReplicas: shape.available ?? actual,
      terminatingReplicas: 0,
      observedGeneration: 1,
      ...(shape.failure
        ? { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: shape.failure }] }
        : {}),
    },
  }
  return deepFreeze(set)
}

export interface DeploymentShape {
  image?: string
  replicas?: number
  strategy?: 'Recreate' | 'RollingUpdate'
  maxSurge?: number | string
  maxUnavailable?: number | string
  paused?: boolean
  annotations?: Record<string, string>
  status?: Deployment['status']
  progressDeadlineSeconds?: number
  revisionHistoryLimit?: number
  generation?: number
}

/** A Deployment named `web`, as the API server has defaulted it. */
export function aDeployment(shape: DeploymentShape = {}) {
  const { replicas = 1, strategy = 'RollingUpdate', maxSurge = '25%', maxUnavailable = '25%' } = shape
  const deployment: Deployment = {
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'uid-web',
      generation: shape.generation ?? 1,
      ...(shape.annotations ? { annotations: shape.annotations } : {}),
    },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: template(shape.image ?? 'v1'),
      strategy:
        strategy === 'Recreate' ? { type: strategy } : { type: strategy, rollingUpdate: { maxSurge, maxUnavailable } },
      progressDeadlineSeconds: shape.progressDeadlineSeconds ?? 600,
      revisionHistoryLimit: shape.revisionHistoryLimit ?? 10,
      ...(shape.paused ? { paused: true } : {}),
    },
    ...(shape.status ? { status: shape.status } : {}),
  }
  return deepFreeze(deployment)
}

function template(image: string, labels: Record<string, string> = {}) {
  return { metadata: { labels: { app: 'web', ...labels } }, spec: { containers: [{ name: 'c', image }] } }
}

/** A Service named `web` that selects `app=web`. */
export function aService(spec: Service['spec'] = {}, labels?: Record<string, string>) {
  const service: Service = {
    metadata: { name: 'web', namespace: 'default', uid: 'uid-svc', ...(labels ? { labels } : {}) },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.0.0.1',
      ipFamilies: ['IPv4'],
      selector: { app: 'web' },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
      ...spec,
    },
  }
  return deepFreeze(service)
}

export interface NodeShape {
  name?: string
  labels?: Record<string, string>
  ready?: 'True' | 'False' | 'Unknown'
  heartbeat?: number
  taints?: { key: string; effect: string; timeAdded?: string }[]
  unschedulable?: boolean
  created?: number
}

/** A node; without `ready` it has never posted a status. */
export function aNode(shape: NodeShape = {}) {
  const { name = 'n1', ready } = shape
  const node: Node = {
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: formatTime(shape.created ?? 0),
      ...(shape.labels ? { labels: shape.labels } : {}),
    },
    spec: {
      ...(shape.taints ? { taints: shape.taints } : {}),
      ...(shape.unschedulable ? { unschedulable: true } : {}),
    },
    ...(ready
      ? {
          status: {
            conditions: [
              {
                type: 'Ready',
                status: ready,
                lastHeartbeatTime: formatTime(shape.heartbeat ?? 0),
                lastTransitionTime: formatTime(0),
              },
            ],
          },
        }
      : {}),
  }
  return deepFreeze(node)
}
