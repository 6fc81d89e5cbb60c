import { Job, type JobStatus, Pod } from '@wherry/api'
import { deepClone, getController, isNotFound, matcherOf, objectKey, semanticEqual } from '@wherry/apimachinery'
import { type Controller, newEventRecorder, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { applyClaims, planClaims } from '../pods/claim.ts'
import { orphansOf } from '../pods/indexes.ts'
import { newPodControl, podFromTemplate } from '../pods/pod-control.ts'
import { slowStart } from '../pods/slow-start.ts'
import { type BackoffRecord, noFailures } from './backoff.ts'
import {
  indexAnnotation,
  indexFailureCountAnnotation,
  indexIgnoredFailureCountAnnotation,
  isFinished,
  isTracked,
  type JobView,
  type PodView,
  trackingFinalizer,
} from './job-pods.ts'
import { countReleased, finishedStatus, type JobPlan, type NewPod, planJob } from './plan.ts'

const ownName = 'kubernetes.io/job-controller'

/**
 * Runs the pods of Jobs to completion and counts their ends, each once: a pod stays, by a finalizer, until the status
 * has named it. As kube-controller-manager's job controller.
 */
export function newJobController({ client, informers, clock, logger }: ControllerDeps): Controller {
  const jobs = informers.for(Job).lister
  const pods = informers.for(Pod).lister
  const orphans = orphansOf(pods)
  const events = newEventRecorder({ client, clock, logger, component: 'job-controller' })
  const podControl = newPodControl({ client, events, ownerKind: Job })
  const backoffs = new Map<string, BackoffRecord>()

  return {
    name: 'job',
    primary: Job,
    owns: [Pod],
    watches: [
      watching(Pod, (pod) => {
        if (getController(pod.metadata)) return []
        const matching = jobs.list(pod.metadata.namespace).filter((job) => selects(job, pod))
        return matching.map((job) => objectKey(job.metadata))
      }),
      // The Job of a pod that is still tracked may be gone.
      watching(Pod, (pod) => {
        const owner = getController(pod.metadata)
        const key = `${pod.metadata.namespace}/${owner?.name}`
        return owner?.kind === 'Job' && isTracked(pod) && jobs.get(key)?.metadata.uid !== owner.uid ? [key] : []
      }),
    ],
    async reconcile(key) {
      const job = jobs.get(key)
      await releaseOrphans(key, job)
      if (!job || isFinished(job)) backoffs.delete(key)
      if (!job) return undefined
      if (job.spec?.managedBy !== undefined && job.spec.managedBy !== ownName) return undefined
      const owned = await claim(job)
      if (isFinished(job)) {
        await release(owned.filter(isTracked))
        return undefined
      }
      const backoff = backoffs.get(key) ?? noFailures
      const plan = planJob({ job, pods: owned, backoff, now: clock.now() })
      await sync(key, job, owned, plan)
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs }
    },
  }

  function selects(job: JobView, pod: PodView): boolean {
    return matcherOf(job.spec?.selector).matches(pod.metadata.labels)
  }

  function claim(job: JobView): Promise<PodView[]> {
    const candidates = [...pods.byOwner(job.metadata.uid ?? ''), ...orphans(job.metadata.namespace ?? '')]
    const plan = planClaims(job, matcherOf(job.spec?.selector), candidates)
    return applyClaims({ client, ownerKind: Job, kind: Pod }, job, plan)
  }

  async function sync(key: string, job: JobView, owned: readonly PodView[], plan: JobPlan): Promise<void> {
    const failure = await manage(job, plan)
    for (const { reason, message } of plan.events) record(job, 'Normal', reason, message)
    let current = await writeStatus(
      job,
      failure === undefined ? plan.status : { ...plan.status, active: job.status?.active },
    )
    backoffs.set(key, plan.backoff)
    const released = await release(plan.release)
    const tracked = new Set(owned.filter((pod) => isTracked(pod) && !released.has(pod)).map(uidOf))
    let status = countReleased(deepClone<JobStatus>(current.status ?? {}), tracked)
    const finish = failure === undefined && !plan.more ? plan.finish : undefined
    const finished = finish && finishedStatus(status, finish, clock.now())
    status = finished ?? status
    current = await writeStatus(current, status)
    if (finish && finished) {
      if (finish.type === 'Complete') record(current, 'Normal', 'Completed', 'Job completed')
      else record(current, 'Warning', finish.reason, finish.message)
    }
    if (failure !== undefined) throw failure
  }

  function uidOf(pod: PodView): string {
    return pod.metadata.uid ?? ''
  }

  async function manage(job: JobView, plan: JobPlan): Promise<unknown> {
    const removals = plan.remove.map(async (pod) => {
      if (plan.uncounted) await untrack(pod)
      await podControl.delete(job, pod)
    })
    const failed = (await Promise.allSettled(removals)).find((result) => result.status === 'rejected')
    if (failed) return failed.reason
    const { failure } = await slowStart(plan.create.length, async (i) => {
      await podControl.create(job, newPod(job, plan.create[i] ?? {}))
    })
    return failure
  }

  /** Resolves with the pods whose finalizer is off. */
  async function release(done: readonly PodView[]): Promise<Set<PodView>> {
    const results = await Promise.allSettled(done.map(untrack))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) logger.debug('finalizer of an ended pod could not be removed', { error: failed.reason })
    return new Set(done.filter((_, i) => results[i]?.status === 'fulfilled'))
  }

  async function untrack(pod: PodView): Promise<void> {
    if (!isTracked(pod)) return
    const { namespace, name } = identityOf(pod.metadata)
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } }
    await client.patch(Pod, { namespace, name }, patch, { type: 'strategic' }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  /** Pods whose Job is gone are counted by nobody. */
  async function releaseOrphans(key: string, job: JobView | undefined): Promise<void> {
    const [namespace = '', name] = key.split('/')
    const stray = pods.list(namespace).filter((pod) => {
      const owner = getController(pod.metadata)
      return isTracked(pod) && owner?.kind === 'Job' && owner.name === name && owner.uid !== job?.metadata.uid
    })
    await release(stray)
  }

  async function writeStatus(job: JobView, status: JobStatus): Promise<JobView> {
    if (semanticEqual(job.status, status)) return job
    return client.update(Job, Object.assign(deepClone<Job>(job), { status }), { subresource: 'status' })
  }

  function record(job: JobView, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.event({ ...job, apiVersion: 'batch/v1', kind: 'Job' }, type, reason, message)
  }
}

/** The pod of a Job, of one index where it has some. As `manageJob` makes it. */
export function newPod(job: JobView, { index, failures }: NewPod): Pod {
  const pod = podFromTemplate<Job>(job.spec?.template ?? {}, job, Job)
  const finalizers = pod.metadata.finalizers ?? []
  pod.metadata.finalizers = finalizers.includes(trackingFinalizer) ? finalizers : [...finalizers, trackingFinalizer]
  if (index === undefined) return pod
  const name = job.metadata.name ?? ''
  pod.metadata.generateName = `${name.slice(0, 63 - 5 - 2 - String(index).length)}-${index}-`
  pod.metadata.annotations = { ...pod.metadata.annotations, [indexAnnotation]: String(index) }
  pod.metadata.labels = { ...pod.metadata.labels, [indexAnnotation]: String(index) }
  if (failures) {
    pod.metadata.annotations[indexFailureCountAnnotation] = String(failures.counted)
    if (failures.ignored > 0) pod.metadata.annotations[indexIgnoredFailureCountAnnotation] = String(failures.ignored)
  }
  if (pod.spec) {
    pod.spec.hostname = `${name}-${index}`
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      if (container.env?.some((variable) => variable.name === indexVariable)) continue
      const fieldPath = `metadata.annotations['${indexAnnotation}']`
      container.env = [...(container.env ?? []), { name: indexVariable, valueFrom: { fieldRef: { fieldPath } } }]
    }
  }
  return pod
}

const indexVariable = 'JOB_COMPLETION_INDEX'
