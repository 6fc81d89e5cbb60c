import { Namespace, Node, Pod, PodDisruptionBudget } from '@wherry/api'
import { type DeepReadonly, isConflict, isNotFound } from '@wherry/apimachinery'
import { type Client, type EventRecorder, newEventRecorder, newInformers } from '@wherry/client'
import { isPodTerminal, podCondition, updatePodCondition } from '@wherry/component-helpers'
import type { Clock, Component, Logger, Random } from '@wherry/component-base'
import { Cache } from './cache.ts'
import { assignedPodChanged, isRelevantUpdate, nodeEvents } from './cluster-events.ts'
import { fitMessage } from './framework/fit-message.ts'
import { Framework, type NoFit } from './framework/framework.ts'
import type { Cluster, Plugin } from './framework/plugin.ts'
import { newPodInfo } from './framework/pod-info.ts'
import { Nominator } from './nominator.ts'
import { defaultPlugins } from './plugins/index.ts'
import { evict, planPreemption } from './preemption/preemption.ts'
import { type QueuedPod, SchedulingQueue } from './queue/scheduling-queue.ts'

export interface SchedulerDeps {
  client: Client
  clock: Clock
  logger: Logger
  random: Random
  config?: {
    /** Pods that name this scheduler are its own; `default-scheduler` unless told. */
    schedulerName?: string
    plugins?: readonly Plugin[]
  }
}

/** How many bindings may be under way at once. */
const maxBindings = 100
/** How many pods are placed before other work of the process gets its turn. */
const podsPerTurn = 20

/**
 * Gives each pod without a node the best node that takes it. Placing is one pod at a time, on the cache, without
 * waiting; binding is many at once. It writes bindings, the PodScheduled condition of pods that find no node, and
 * events.
 */
export function newScheduler(deps: SchedulerDeps): Component {
  return { run: (signal) => new Scheduler(deps).run(signal) }
}

class Scheduler {
  readonly #client: Client
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #name: string
  readonly #recorder: EventRecorder
  readonly #informers
  readonly #cache = new Cache()
  readonly #nominator = new Nominator()
  readonly #framework: Framework
  readonly #queue: SchedulingQueue
  readonly #bindings = new Set<Promise<void>>()

  constructor({ client, clock, logger, random, config = {} }: SchedulerDeps) {
    this.#client = client
    this.#clock = clock
    this.#logger = logger
    this.#name = config.schedulerName ?? 'default-scheduler'
    this.#recorder = newEventRecorder({ client, clock, logger, random, component: this.#name })
    this.#informers = newInformers({ client, clock, logger, random })
    this.#framework = new Framework(config.plugins ?? defaultPlugins, random)
    this.#queue = new SchedulingQueue({
      clock,
      plugins: this.#framework.plugins,
      isGated: (pod) => this.#framework.gate(pod) !== undefined,
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#informers.for(PodDisruptionBudget)
    this.#follow()
    const informing = this.#informers.run(signal)
    try {
      await this.#informers.synced()
      await this.#schedule(signal)
    } finally {
      this.#queue.close()
      await Promise.allSettled(this.#bindings)
      await informing
    }
  }

  async #schedule(signal: AbortSignal): Promise<void> {
    const namespaces = this.#informers.for(Namespace).lister
    const cluster: Cluster = {
      nodes: [],
      namespaceLabels: (name) => namespaces.get(name)?.metadata.labels,
      nominated: (node) => this.#nominator.of(node),
    }
    for (let turn = 0; ; turn++) {
      const queued = await this.#queue.pop(signal)
      if (!queued) return
      this.#place(queued, { ...cluster, nodes: this.#cache.nodes })
      if (this.#bindings.size >= maxBindings) await Promise.race(this.#bindings)
      if (turn % podsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #place(queued: QueuedPod, cluster: Cluster): void {
    const { info } = queued
    try {
      const placement = this.#framework.place(info, cluster)
      if ('noFit' in placement) {
        this.#track(this.#noFit(queued, placement.noFit, cluster))
        return
      }
      this.#nominator.delete(info.uid)
      this.#cache.assume(info, placement.node)
      this.#track(this.#bind(queued, placement.node))
    } catch (error) {
      this.#logger.error('a pod could not be placed', { pod: info.key, error })
      this.#queue.failed(queued, undefined)
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#bindings.delete(tracked))
    this.#bindings.add(tracked)
  }

  async #bind(queued: QueuedPod, node: string): Promise<void> {
    const { info } = queued
    const { namespace = '', name = '', uid = '' } = info.pod.metadata
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { namespace, name, uid },
      target: { kind: 'Node', name: node },
    }
    try {
      await this.#client.createSubresource(Pod, { namespace, name }, 'binding', binding)
      this.#logger.info('bound pod', { pod: info.key, node })
      this.#recorder.event(
        { ...info.pod, apiVersion: 'v1', kind: 'Pod' },
        'Normal',
        'Scheduled',
        `Successfully assigned ${info.key} to ${node}`,
      )
    } catch (error) {
      this.#cache.forget(info.uid)
      this.#queue.moved('AssignedPodDelete')
      if (isNotFound(error)) return
      this.#logger.warn('a pod could not be bound, will be tried again', { pod: info.key, node, error })
      if (!isConflict(error)) this.#event(info.pod, `binding rejected: ${String(error)}`)
      if (this.#isWaiting(info.key)) this.#queue.failed(queued, undefined)
    }
  }

  /** The pod goes back to wait first, so that no event is missed; then others make room, and its user is told. */
  async #noFit(queued: QueuedPod, noFit: NoFit, cluster: Cluster): Promise<void> {
    const { info } = queued
    const nodes = cluster.nodes.length
    const budgets = this.#informers.for(PodDisruptionBudget).lister.list()
    const preemption = nodes > 0 ? planPreemption(this.#framework, info, cluster, noFit, budgets) : undefined
    if (preemption && 'candidate' in preemption) this.#nominator.set(info, preemption.candidate.node)
    else if (nodes > 0 && !info.pod.status?.nominatedNodeName) this.#nominator.delete(info.uid)
    this.#queue.failed(queued, nodes === 0 ? new Set(['NodeName', 'NodeResourcesFit']) : noFit.plugins)
    const base = fitMessage(nodes, noFit.rejections.values())
    const message =
      preemption && 'message' in preemption ? `${base} no new claims to deallocate, ${preemption.message}` : base
    this.#event(info.pod, message)
    try {
      await this.#setUnschedulable(info.pod, message)
      if (!preemption || !('candidate' in preemption)) return
      await evict({ client: this.#client, clock: this.#clock, recorder: this.#recorder }, info, preemption.candidate)
    } catch (error) {
      if (!isNotFound(error))
        this.#logger.warn('a pod that found no node could not be helped', { pod: info.key, error })
    }
  }

  #event(pod: DeepReadonly<Pod>, message: string): void {
    this.#recorder.event({ ...pod, apiVersion: 'v1', kind: 'Pod' }, 'Warning', 'FailedScheduling', message)
  }

  async #setUnschedulable(pod: DeepReadonly<Pod>, message: string): Promise<void> {
    const { namespace = '', name = '', uid = '' } = pod.metadata
    const old = podCondition(pod, 'PodScheduled')
    const status = { conditions: old ? [{ ...old }] : [] }
    const changed = updatePodCondition(
      status,
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message,
        ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      },
      this.#clock.now(),
    )
    if (!changed) return
    const patch = { metadata: { uid }, status }
    await this.#client.patch(Pod, { namespace, name }, patch, { type: 'strategic', subresource: 'status' })
  }

  #isWaiting(key: string): boolean {
    const pod = this.#informers.for(Pod).lister.get(key)
    return pod !== undefined && !pod.spec?.nodeName && pod.metadata.deletionTimestamp === undefined
  }

  #isMine(pod: DeepReadonly<Pod>): boolean {
    return (
      pod.spec?.schedulerName === this.#name &&
      !pod.spec.nodeName &&
      pod.metadata.deletionTimestamp === undefined &&
      !isPodTerminal(pod)
    )
  }

  #follow(): void {
    this.#informers.for(Namespace).on({
      updated: () => this.#queue.moved('NamespaceLabels'),
    })
    this.#informers.for(Node).on({
      added: (node) => {
        this.#cache.setNode(node)
        this.#queue.moved('NodeAdd')
      },
      updated: (node, old) => {
        this.#cache.setNode(node)
        for (const event of nodeEvents(node, old)) this.#queue.moved(event)
      },
      deleted: (node) => this.#cache.removeNode(node.metadata.name ?? ''),
    })
    this.#informers.for(Pod).on({
      added: (pod) => this.#podAdded(pod),
      updated: (pod, old) => this.#podUpdated(pod, old),
      deleted: (pod) => this.#podGone(pod),
    })
  }

  #podAdded(pod: DeepReadonly<Pod>): void {
    if (this.#takesRoom(pod)) {
      this.#cache.setPod(pod)
      this.#queue.moved('AssignedPodAdd')
    } else if (this.#isMine(pod)) {
      if (pod.status?.nominatedNodeName) this.#nominator.set(newPodInfo(pod), pod.status.nominatedNodeName)
      this.#queue.add(pod)
    }
  }

  #podUpdated(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): void {
    if (pod.metadata.uid !== old.metadata.uid) {
      this.#podGone(old)
      this.#podAdded(pod)
      return
    }
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    if (!pod.spec?.nodeName) {
      if (!this.#isMine(pod)) this.#queue.delete(key)
      else if (this.#cache.isAssumedOn(pod.metadata.uid ?? '') === undefined) {
        this.#queue.update(pod, isRelevantUpdate(pod, old))
      }
      return
    }
    this.#queue.delete(key)
    if (!this.#takesRoom(pod)) this.#podGone(pod)
    else if (!old.spec?.nodeName || assignedPodChanged(pod, old)) {
      this.#cache.setPod(pod)
      this.#queue.moved(old.spec?.nodeName ? 'AssignedPodUpdate' : 'AssignedPodAdd')
    }
  }

  #podGone(pod: DeepReadonly<Pod>): void {
    this.#queue.delete(`${pod.metadata.namespace}/${pod.metadata.name}`)
    const uid = pod.metadata.uid ?? ''
    this.#nominator.delete(uid)
    if (this.#cache.isAssumedOn(uid) === undefined) return
    this.#cache.forget(uid)
    this.#queue.moved('AssignedPodDelete')
  }

  #takesRoom(pod: DeepReadonly<Pod>): boolean {
    return Boolean(pod.spec?.nodeName) && !isPodTerminal(pod)
  }
}
