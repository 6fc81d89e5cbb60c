import { Job } from '@wherry/api'
import { type DeepReadonly, isNotFound, parseTime } from '@wherry/apimachinery'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { isFinished } from '../job/job-pods.ts'
import { identityOf, isDeleting } from '../meta.ts'

/** When a finished Job is to be deleted, in milliseconds since the epoch; undefined when it is to stay. */
export function expiryOf(job: DeepReadonly<Job>): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished
  if (ttl === undefined || !isFinished(job)) return undefined
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )
  return end?.lastTransitionTime === undefined ? undefined : parseTime(end.lastTransitionTime) + ttl * 1000
}

/** Deletes Jobs some time after they have finished. As kube-controller-manager's ttl-after-finished-controller. */
export function newTTLAfterFinishedController({ client, informers, clock }: ControllerDeps): Controller {
  const jobs = informers.for(Job).lister
  return {
    name: 'ttl-after-finished',
    primary: Job,
    async reconcile(key) {
      const job = jobs.get(key)
      const expiry = job && !isDeleting(job.metadata) ? expiryOf(job) : undefined
      if (!job || expiry === undefined) return undefined
      const wait = expiry - clock.now()
      if (wait > 0) return { requeueAfterMs: wait }
      const { namespace, name, uid } = identityOf(job.metadata)
      const options = { propagationPolicy: 'Foreground', preconditions: { uid } }
      await client.delete(Job, { namespace, name }, options).catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
      return undefined
    },
  }
}
