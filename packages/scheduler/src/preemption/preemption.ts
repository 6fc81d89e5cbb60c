import { Pod, type PodDisruptionBudget, type PodStatus } from '@wherry/api'
import { type DeepReadonly, isNotFound } from '@wherry/apimachinery'
import type { Client, EventRecorder } from '@wherry/client'
import type { Clock } from '@wherry/component-base'
import { updatePodCondition } from '@wherry/component-helpers'
import { fitMessage } from '../framework/fit-message.ts'
import type { Framework, NoFit, NodeRejection } from '../framework/framework.ts'
import type { Cluster } from '../framework/plugin.ts'
import type { PodInfo } from '../framework/pod-info.ts'
import { type Candidate, pickCandidate, selectVictims } from './victims.ts'

export type Preemption = { readonly candidate: Candidate } | { readonly message: string }

const notHelpful: Pick<NodeRejection, 'reasons'> = { reasons: ['Preemption is not helpful for scheduling'] }

/**
 * Whether, and where, less important pods should make room for a pod that no node takes. It only decides; `evict` acts.
 * As upstream's DefaultPreemption.
 */
export function planPreemption(
  framework: Framework,
  pod: PodInfo,
  cluster: Cluster,
  noFit: NoFit,
  budgets: readonly DeepReadonly<PodDisruptionBudget>[],
): Preemption {
  const ineligible = whyNotEligible(pod, cluster)
  if (ineligible) return { message: ineligible }
  const parts = framework.begin(pod, cluster)
  const answers: Pick<NodeRejection, 'reasons'>[] = []
  const candidates: Candidate[] = []
  for (const node of cluster.nodes) {
    const rejection = noFit.rejections.get(node.name)
    if (!Array.isArray(parts) || !rejection || rejection.unresolvable) {
      answers.push(notHelpful)
      continue
    }
    const answer = selectVictims(framework, parts, pod, node, budgets)
    if ('reasons' in answer) answers.push(answer)
    else candidates.push(answer)
  }
  const candidate = pickCandidate(candidates)
  if (candidate) return { candidate }
  return { message: `preemption: ${fitMessage(cluster.nodes.length, answers)}` }
}

function whyNotEligible({ pod, priority }: PodInfo, cluster: Cluster): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'preemption: not eligible due to preemptionPolicy=Never.'
  const nominated = cluster.nodes.find(({ name }) => name === pod.status?.nominatedNodeName)
  for (const other of nominated?.pods.values() ?? []) {
    if (other.priority < priority && other.pod.metadata.deletionTimestamp !== undefined) {
      return 'preemption: not eligible due to a terminating pod on the nominated node.'
    }
  }
  return undefined
}

export interface EvictDeps {
  client: Client
  clock: Clock
  recorder: EventRecorder
}

/** Deletes the victims, after each has been told why, and notes on the pod which node it waits for. */
export async function evict(deps: EvictDeps, pod: PodInfo, { node, victims }: Candidate): Promise<void> {
  const { namespace = '', name = '' } = pod.pod.metadata
  await Promise.all(victims.map((victim) => evictOne(deps, pod, victim, node)))
  const patch = { status: { nominatedNodeName: node } }
  await deps.client.patch(Pod, { namespace, name }, patch, { type: 'strategic', subresource: 'status' })
}

async function evictOne(
  { client, clock, recorder }: EvictDeps,
  preemptor: PodInfo,
  victim: PodInfo,
  node: string,
): Promise<void> {
  const { namespace = '', name = '', uid = '' } = victim.pod.metadata
  const status: PodStatus = {}
  updatePodCondition(
    status,
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: `${preemptor.pod.spec?.schedulerName}: preempting to accommodate a higher priority pod`,
    },
    clock.now(),
  )
  try {
    await client.patch(
      Pod,
      { namespace, name },
      { metadata: { uid }, status },
      { type: 'strategic', subresource: 'status' },
    )
    await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (!isNotFound(error)) throw error
    return
  }
  const object = { ...victim.pod, apiVersion: 'v1', kind: 'Pod' }
  recorder.event(object, 'Normal', 'Preempted', `Preempted by pod ${preemptor.uid} on node ${node}`)
}
