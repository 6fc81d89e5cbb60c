import {
  type CronJob,
  type DaemonSet,
  type Deployment,
  type Job,
  Pod,
  type ReplicaSet,
  ReplicaSet as ReplicaSetKind,
  type ReplicationController,
  type StatefulSet,
} from '@wherry/api'
import {
  getController,
  humanDuration,
  type LabelMatcher,
  labelsMatcher,
  matcherOf,
  semanticEqual,
} from '@wherry/apimachinery'
import { withoutHash } from '../rollout/revisions.ts'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { type Lines, localTime, orNone, titleBool } from './lines.ts'
import { controlledBy, describeAnnotations, describeLabels } from './metadata.ts'
import { describePodTemplate } from './pod-template.ts'

interface Condition {
  type: string
  status: string
  reason?: string
}

function describeConditions(lines: Lines, conditions: readonly Condition[] = []): void {
  if (conditions.length === 0) return
  lines.line(0, 'Conditions:')
  lines.line(1, 'Type\tStatus\tReason')
  lines.line(1, '----\t------\t------')
  for (const { type, status, reason = '' } of conditions) lines.line(1, `${type} \t${status}\t${reason}`)
}

/** A selector as descriptions show it. */
function selectorText(matcher: LabelMatcher): string {
  return orNone(matcher.toString())
}

export async function describeDeployment(
  lines: Lines,
  deployment: Deployment,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = deployment
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `CreationTimestamp:\t${localTime(metadata.creationTimestamp)}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Selector:\t${selectorText(matcherOf(spec?.selector))}`)
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status ?? {}
  lines.line(
    0,
    `Replicas:\t${spec?.replicas ?? 0} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
  )
  lines.line(0, `StrategyType:\t${spec?.strategy?.type ?? ''}`)
  lines.line(0, `MinReadySeconds:\t${spec?.minReadySeconds ?? 0}`)
  const rolling = spec?.strategy?.rollingUpdate
  if (rolling) {
    lines.line(0, `RollingUpdateStrategy:\t${rolling.maxUnavailable} max unavailable, ${rolling.maxSurge} max surge`)
  }
  describePodTemplate(lines, spec?.template ?? {})
  describeConditions(lines, status?.conditions)
  const sets = await replicaSetsOf(connection, deployment)
  if (sets.current || sets.old.length > 0) {
    lines.line(0, `OldReplicaSets:\t${orNone(sets.old.map(replicaSetText).join(', '))}`)
    lines.line(0, `NewReplicaSet:\t${sets.current ? replicaSetText(sets.current) : '<none>'}`)
  }
  describeEvents(lines, events, now)
}

function replicaSetText({ metadata, spec, status }: ReplicaSet): string {
  return `${metadata.name} (${status?.replicas ?? 0}/${spec?.replicas ?? 0} replicas created)`
}

/** Its ReplicaSets: the one that has its template, and those of other revisions. */
async function replicaSetsOf(connection: DescribeContext['connection'], deployment: Deployment) {
  const { namespace = '', uid } = deployment.metadata
  const labelSelector = matcherOf(deployment.spec?.selector).toString()
  const { items } = await connection.client.list(ReplicaSetKind, { namespace, labelSelector })
  const own = items.filter(({ metadata }) => getController(metadata)?.uid === uid)
  const template = withoutHash(deployment.spec?.template)
  const current = own.find(({ spec }) => semanticEqual(withoutHash(spec?.template), template))
  return { current, old: own.filter((set) => set !== current) }
}

/** How many of the pods that an owner has are in each phase. */
async function phasesOf(
  connection: DescribeContext['connection'],
  namespace: string,
  uid: string | undefined,
  matcher: LabelMatcher,
): Promise<string> {
  const { items } = await connection.client.list(Pod, { namespace, labelSelector: matcher.toString() })
  const count = (phase: string) =>
    items.filter((pod) => getController(pod.metadata)?.uid === uid && pod.status?.phase === phase).length
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`
}

export async function describeReplicaSet(lines: Lines, set: ReplicaSet, context: DescribeContext): Promise<void> {
  await describeReplicas(lines, set, matcherOf(set.spec?.selector), context)
}

export async function describeReplicationController(
  lines: Lines,
  controller: ReplicationController,
  context: DescribeContext,
): Promise<void> {
  await describeReplicas(lines, controller, labelsMatcher(controller.spec?.selector), context)
}

async function describeReplicas(
  lines: Lines,
  { metadata, spec, status }: ReplicaSet | ReplicationController,
  matcher: LabelMatcher,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `Selector:\t${selectorText(matcher)}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  const controller = controlledBy(metadata)
  if (controller) lines.line(0, `Controlled By:\t${controller}`)
  lines.line(0, `Replicas:\t${status?.replicas ?? 0} current / ${spec?.replicas ?? 0} desired`)
  lines.line(0, `Pods Status:\t${await phasesOf(connection, metadata.namespace ?? '', metadata.uid, matcher)}`)
  describePodTemplate(lines, spec?.template ?? {})
  describeConditions(lines, status?.conditions)
  describeEvents(lines, events, now)
}

export async function describeDaemonSet(
  lines: Lines,
  set: DaemonSet,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = set
  const matcher = matcherOf(spec?.selector)
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `Selector:\t${selectorText(matcher)}`)
  describeLabels(lines, 'Node-Selector', spec?.template?.spec?.nodeSelector)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Desired Number of Nodes Scheduled: ${status?.desiredNumberScheduled ?? 0}`)
  lines.line(0, `Current Number of Nodes Scheduled: ${status?.currentNumberScheduled ?? 0}`)
  lines.line(0, `Number of Nodes Scheduled with Up-to-date Pods: ${status?.updatedNumberScheduled ?? 0}`)
  lines.line(0, `Number of Nodes Scheduled with Available Pods: ${status?.numberAvailable ?? 0}`)
  lines.line(0, `Number of Nodes Misscheduled: ${status?.numberMisscheduled ?? 0}`)
  lines.line(0, `Pods Status:\t${await phasesOf(connection, metadata.namespace ?? '', metadata.uid, matcher)}`)
  describePodTemplate(lines, spec?.template ?? {})
  describeEvents(lines, events, now)
}

export async function describeStatefulSet(
  lines: Lines,
  set: StatefulSet,
  { connection, events, now }: DescribeContext,
): Promise<void> {
  const { metadata, spec, status } = set
  const matcher = matcherOf(spec?.selector)
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `CreationTimestamp:\t${localTime(metadata.creationTimestamp)}`)
  lines.line(0, `Selector:\t${selectorText(matcher)}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Replicas:\t${spec?.replicas ?? 0} desired | ${status?.replicas ?? 0} total`)
  lines.line(0, `Update Strategy:\t${spec?.updateStrategy?.type ?? ''}`)
  const rolling = spec?.updateStrategy?.rollingUpdate
  if (rolling?.partition !== undefined) {
    lines.line(1, `Partition:\t${rolling.partition}`)
    if (rolling.maxUnavailable !== undefined) lines.line(1, `MaxUnavailable:\t${rolling.maxUnavailable}`)
  }
  lines.line(0, `Pods Status:\t${await phasesOf(connection, metadata.namespace ?? '', metadata.uid, matcher)}`)
  describePodTemplate(lines, spec?.template ?? {})
  const claims = spec?.volumeClaimTemplates ?? []
  lines.line(0, `Volume Claims:${claims.length === 0 ? '\t<none>' : ''}`)
  for (const claim of claims) {
    lines.line(1, `Name:\t${claim.metadata?.name}`)
    lines.line(1, `StorageClass:\t${claim.spec?.storageClassName ?? ''}`)
    describeLabels(lines, '  Labels', claim.metadata?.labels)
    describeAnnotations(lines, '  Annotations', claim.metadata?.annotations)
    lines.line(1, `Capacity:\t${claim.spec?.resources?.requests?.storage ?? '<default>'}`)
    lines.line(1, `Access Modes:\t[${(claim.spec?.accessModes ?? []).join(' ')}]`)
  }
  describeEvents(lines, events, now)
}

export function describeJob(lines: Lines, job: Job, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = job
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  if (spec?.selector) lines.line(0, `Selector:\t${selectorText(matcherOf(spec.selector))}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  const controller = controlledBy(metadata)
  if (controller) lines.line(0, `Controlled By:\t${controller}`)
  if (spec?.parallelism !== undefined) lines.line(0, `Parallelism:\t${spec.parallelism}`)
  lines.line(0, `Completions:\t${spec?.completions ?? '<unset>'}`)
  if (spec?.completionMode) lines.line(0, `Completion Mode:\t${spec.completionMode}`)
  if (spec?.suspend !== undefined) lines.line(0, `Suspend:\t${spec.suspend}`)
  if (spec?.backoffLimit !== undefined) lines.line(0, `Backoff Limit:\t${spec.backoffLimit}`)
  if (spec?.ttlSecondsAfterFinished !== undefined)
    lines.line(0, `TTL Seconds After Finished:\t${spec.ttlSecondsAfterFinished}`)
  if (status?.startTime) lines.line(0, `Start Time:\t${localTime(status.startTime)}`)
  if (status?.completionTime) lines.line(0, `Completed At:\t${localTime(status.completionTime)}`)
  if (status?.startTime && status.completionTime) {
    lines.line(0, `Duration:\t${humanDuration(Date.parse(status.completionTime) - Date.parse(status.startTime))}`)
  }
  if (spec?.activeDeadlineSeconds !== undefined)
    lines.line(0, `Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`)
  const { active = 0, succeeded = 0, failed = 0, ready } = status ?? {}
  const readyText = ready === undefined ? '' : ` (${ready} Ready)`
  lines.line(0, `Pods Statuses:\t${active} Active${readyText} / ${succeeded} Succeeded / ${failed} Failed`)
  if (spec?.completionMode === 'Indexed') lines.line(0, `Completed Indexes:\t${orNone(status?.completedIndexes)}`)
  describePodTemplate(lines, spec?.template ?? {})
  describeEvents(lines, events, now)
}

export function describeCronJob(lines: Lines, cronJob: CronJob, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = cronJob
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Schedule:\t${spec?.schedule ?? ''}`)
  lines.line(0, `Concurrency Policy:\t${spec?.concurrencyPolicy ?? ''}`)
  lines.line(0, `Suspend:\t${titleBool(spec?.suspend ?? false)}`)
  lines.line(0, `Time Zone:\t${spec?.timeZone ?? '<unset>'}`)
  lines.line(0, `Successful Job History Limit:\t${spec?.successfulJobsHistoryLimit ?? '<unset>'}`)
  lines.line(0, `Failed Job History Limit:\t${spec?.failedJobsHistoryLimit ?? '<unset>'}`)
  const deadline = spec?.startingDeadlineSeconds
  lines.line(0, `Starting Deadline Seconds:\t${deadline === undefined ? '<unset>' : `${deadline}s`}`)
  const job = spec?.jobTemplate?.spec
  if (job?.selector) lines.line(0, `Selector:\t${selectorText(matcherOf(job.selector))}`)
  else lines.line(0, 'Selector:\t<unset>')
  lines.line(0, `Parallelism:\t${job?.parallelism ?? '<unset>'}`)
  lines.line(0, `Completions:\t${job?.completions ?? '<unset>'}`)
  if (job?.activeDeadlineSeconds !== undefined) lines.line(0, `Active Deadline Seconds:\t${job.activeDeadlineSeconds}s`)
  describePodTemplate(lines, job?.template ?? {})
  lines.line(0, `Last Schedule Time:\t${status?.lastScheduleTime ? localTime(status.lastScheduleTime) : '<unset>'}`)
  const active = status?.active ?? []
  lines.line(0, `Active Jobs:\t${orNone(active.map(({ name }) => name).join(', '))}`)
  describeEvents(lines, events, now)
}
