import {
  ClusterRole,
  ClusterRoleBinding,
  ConfigMap,
  CronJob,
  DaemonSet,
  Deployment,
  EndpointSlice,
  Endpoints,
  Event,
  HorizontalPodAutoscaler,
  Ingress,
  IngressClass,
  Job,
  type Kind,
  type KubeObject,
  LimitRange,
  Namespace,
  NetworkPolicy,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  PodDisruptionBudget,
  PriorityClass,
  ReplicaSet,
  ReplicationController,
  ResourceQuota,
  Role,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  StorageClass,
} from '@wherry/api'
import type { Connection } from '../access/connection.ts'
import type { Found } from '../access/targets.ts'
import {
  describeConfigMap,
  describeLimitRange,
  describeNamespace,
  describeResourceQuota,
  describeSecret,
  describeServiceAccount,
} from './config.ts'
import type { DescribeContext, Describer } from './describer.ts'
import { describeGeneric } from './generic.ts'
import { Lines } from './lines.ts'
import { describeEndpointSlice, describeEndpoints, describeIngress, describeService } from './network.ts'
import { describeNode } from './node.ts'
import { describePod } from './pod.ts'
import {
  describeAutoscaler,
  describeBudget,
  describeIngressClass,
  describeNetworkPolicy,
  describePriorityClass,
} from './policy.ts'
import { describeBinding, describeRole } from './rbac.ts'
import { describeClaim, describeStorageClass, describeVolume } from './storage.ts'
import {
  describeCronJob,
  describeDaemonSet,
  describeDeployment,
  describeJob,
  describeReplicaSet,
  describeReplicationController,
  describeStatefulSet,
} from './workloads.ts'

/** A kind with its describer, bound together so that the object's type fits. */
interface Entry {
  kind: Kind
  describe(lines: Lines, connection: Connection, found: Found, context: DescribeContext): Promise<void>
}

function entry<T extends KubeObject>(kind: Kind<T>, describer: Describer<T>): Entry {
  return {
    kind,
    async describe(lines, connection, { namespace, name }, context) {
      const key = { ...(kind.namespaced && { namespace }), name }
      await describer(lines, await connection.client.get(kind, key), context)
    },
  }
}

const entries: readonly Entry[] = [
  entry(Pod, describePod),
  entry(ReplicationController, describeReplicationController),
  entry(ReplicaSet, describeReplicaSet),
  entry(Deployment, describeDeployment),
  entry(DaemonSet, describeDaemonSet),
  entry(StatefulSet, describeStatefulSet),
  entry(Job, describeJob),
  entry(CronJob, describeCronJob),
  entry(Service, describeService),
  entry(Endpoints, describeEndpoints),
  entry(EndpointSlice, describeEndpointSlice),
  entry(Ingress, describeIngress),
  entry(IngressClass, describeIngressClass),
  entry(NetworkPolicy, describeNetworkPolicy),
  entry(HorizontalPodAutoscaler, describeAutoscaler),
  entry(PodDisruptionBudget, describeBudget),
  entry(PriorityClass, describePriorityClass),
  entry(ConfigMap, describeConfigMap),
  entry(Secret, describeSecret),
  entry(ServiceAccount, describeServiceAccount),
  entry(Namespace, describeNamespace),
  entry(ResourceQuota, describeResourceQuota),
  entry(LimitRange, describeLimitRange),
  entry(Node, describeNode),
  entry(PersistentVolume, describeVolume),
  entry(PersistentVolumeClaim, describeClaim),
  entry(StorageClass, describeStorageClass),
  entry(Role, describeRole),
  entry(ClusterRole, describeRole),
  entry(RoleBinding, describeBinding),
  entry(ClusterRoleBinding, describeBinding),
]

/** The description of one object: laid out for its kind where there is a layout, otherwise member by member. */
export async function describeObject(
  connection: Connection,
  found: Found,
  showEvents: boolean,
  now: number,
): Promise<string> {
  const lines = new Lines()
  const events = showEvents ? await eventsAbout(connection, found) : undefined
  const context = { connection, events, now }
  const known = entries.find(
    ({ kind }) =>
      kind.group === found.kind.group && kind.version === found.kind.version && kind.kind === found.kind.kind,
  )
  if (known) await known.describe(lines, connection, found, context)
  else describeGeneric(lines, found.object, context)
  return lines.toString()
}

async function eventsAbout(connection: Connection, { object, namespace }: Found): Promise<Event[]> {
  const { name, uid } = object.metadata
  const isNode = object.kind === 'Node'
  const parts = [
    `involvedObject.name=${name}`,
    `involvedObject.kind=${object.kind}`,
    ...(isNode ? [] : [`involvedObject.uid=${uid}`]),
  ]
  if (!isNode && namespace !== '') parts.push(`involvedObject.namespace=${namespace}`)
  try {
    const page = await connection.client.list(Event, {
      ...(namespace !== '' && { namespace }),
      fieldSelector: parts.join(','),
    })
    return page.items
  } catch {
    // A description without events is better than none: whoever may not list events may still look at the object.
    return []
  }
}
