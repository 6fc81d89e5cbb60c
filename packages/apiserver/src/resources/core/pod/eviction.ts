import { type Eviction, Pod, PodDisruptionBudget } from '@wherry/api'
import {
  badRequest,
  type DeepReadonly,
  forbidden,
  formatTime,
  isConflict,
  matcherOf,
  notFound,
  type StatusError,
  statusErrorFrom,
  tooManyRequests,
} from '@wherry/apimachinery'
import { isPodReady, isPodTerminal, updatePodCondition } from '@wherry/component-helpers'
import type { Behaviours, DeleteOptions, ObjectKey } from '../../../registry/behaviours.ts'
import type { Handler, HandlerRequest } from '../../../registry/handlers.ts'
import { loopbackUser } from '../../loopback-user.ts'
import { struct } from '../../structs.ts'

type PodValue = DeepReadonly<Pod>
type Budget = DeepReadonly<PodDisruptionBudget>

const maxDisruptedPods = 2000
const violated = "Cannot evict pod as it would violate the pod's disruption budget."

/**
 * Deletes a pod if the disruption budgets that select it allow it; 429 when they do not. As `EvictionREST` of
 * pkg/registry/core/pod/storage.
 */
export const evictPod: Handler = async (request, behaviours) => {
  const { key } = request
  const eviction: DeepReadonly<Eviction> = Object(request.body)
  if (eviction.metadata?.name && eviction.metadata.name !== key.name) {
    throw badRequest('name in URL does not match name in Eviction object')
  }
  const pod = behaviours.store(Pod).get(key)
  if (!pod) throw notFound({ group: '', resource: 'pods' }, key.name)
  const dryRun = request.dryRun || (eviction.deleteOptions?.dryRun?.length ?? 0) > 0
  const { dryRun: _, ...asked } = { ...eviction.deleteOptions }
  const options: DeleteOptions = { ...asked, dryRun }
  const budget = await useBudget(pod, behaviours, request, dryRun)
  await remove(key, pod, options, budget, request, behaviours)
  return { status: 201, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}

/** The budget that a pod which is not ready was let go by: it must not have become ready when it is deleted. */
type Unready = Budget | undefined

async function useBudget(
  pod: PodValue,
  behaviours: Behaviours,
  request: HandlerRequest,
  dryRun: boolean,
): Promise<Unready> {
  if (canIgnoreBudgets(pod)) return undefined
  const budgets = behaviours
    .store(PodDisruptionBudget)
    .list(pod.metadata.namespace)
    .filter((b) => selects(b, pod))
  const [budget, second] = budgets
  if (second) throw moreThanOne()
  if (!budget) return undefined
  if (!isPodReady(pod)) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {}
    if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return budget
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return budget
  }
  const key = { namespace: pod.metadata.namespace, name: budget.metadata.name ?? '' }
  await behaviours.store(PodDisruptionBudget).update(
    key,
    (current) => {
      checkBudget(current)
      const status = struct(current, 'status')
      status.disruptionsAllowed = (status.disruptionsAllowed ?? 0) - 1
      if (status.disruptionsAllowed === 0) markExhausted(current, behaviours.now())
      // Tells the budget's controller not to count the pod, until it sees that the pod is gone.
      struct(status, 'disruptedPods')[pod.metadata.name ?? ''] = formatTime(behaviours.now())
    },
    { user: loopbackUser, dryRun: dryRun || request.dryRun, subresource: 'status' },
  )
  return undefined
}

function canIgnoreBudgets(pod: PodValue): boolean {
  return isPodTerminal(pod) || pod.status?.phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined
}

function selects({ spec }: Budget, pod: PodValue): boolean {
  const matcher = matcherOf(spec?.selector)
  return spec?.selector !== undefined && matcher.matches(pod.metadata.labels)
}

/** Throws where the budget does not allow one more disruption. */
function checkBudget(budget: Budget): void {
  const name = budget.metadata.name ?? ''
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = budget.status ?? {}
  const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {}
  const resource = { group: 'policy', resource: 'poddisruptionbudget' }
  if (observedGeneration < (budget.metadata.generation ?? 0)) throw stillProcessed(name)
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > maxDisruptedPods) {
    const cause = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw forbidden(resource, name, cause)
  }
  if (disruptionsAllowed === 0) {
    const counts = `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
    throw refused(`The disruption budget ${name} ${counts}`, 0)
  }
}

function refused(message: string, retryAfterSeconds: number): StatusError {
  const error = tooManyRequests(violated, retryAfterSeconds)
  const details = (error.status.details ??= {})
  details.causes = [...(details.causes ?? []), { reason: 'DisruptionBudget', message }]
  return error
}

const stillProcessed = (name: string): StatusError =>
  refused(`The disruption budget ${name} is still being processed by the server.`, 10)

function moreThanOne(): StatusError {
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.'
  return statusErrorFrom({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: 500 })
}

function markExhausted(budget: PodDisruptionBudget, now: number): void {
  const status = struct(budget, 'status')
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: status.observedGeneration ?? 0,
    lastTransitionTime: formatTime(now),
  }
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type)
  status.conditions = [...others, condition]
}

async function remove(
  key: ObjectKey,
  pod: PodValue,
  options: DeleteOptions,
  budget: Unready,
  { user }: HandlerRequest,
  behaviours: Behaviours,
): Promise<void> {
  const store = behaviours.store(Pod)
  let resourceVersion = budget ? pod.metadata.resourceVersion : undefined
  try {
    if (!options.dryRun && !canIgnoreBudgets(pod)) {
      const marked = await store.update(
        key,
        (current) => {
          const changed = resourceVersion !== undefined && current.metadata.resourceVersion !== resourceVersion
          if (changed) throw stillProcessed(budget?.metadata.name ?? '')
          const condition = {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'EvictionByEvictionAPI',
            message: 'Eviction API: evicting',
            observedGeneration: current.metadata.generation,
          }
          updatePodCondition(struct(current, 'status'), condition, behaviours.now())
        },
        { user: loopbackUser, subresource: 'status', untracked: true },
      )
      if (resourceVersion !== undefined) resourceVersion = marked.metadata.resourceVersion
    }
    const given = options.preconditions?.resourceVersion
    const preconditions = { ...options.preconditions, ...(given || !resourceVersion ? {} : { resourceVersion }) }
    await store.delete(key, { ...options, preconditions, user })
  } catch (error) {
    // The pod may have become ready meanwhile: then its budget must be asked again.
    if (budget && isConflict(error) && !options.preconditions?.resourceVersion) {
      throw stillProcessed(budget.metadata.name ?? '')
    }
    throw error
  }
}
