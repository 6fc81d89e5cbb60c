import type { Kind, KubeObject, OwnerReference } from '@wherry/api'
import { type DeepReadonly, isConflict, isNotFound, parseGroupVersion } from '@wherry/apimachinery'
import { type Client, ConnectionError, newWorkqueue, type ObjectKey, type Workqueue } from '@wherry/client'
import type { Clock, Logger } from '@wherry/component-base'
import { foregroundFinalizer, Graph, type GraphNode, type GroupKindName, orphanFinalizer } from './graph.ts'
import { blockingDependents, judge, type OwnerState } from './references.ts'

export interface CollectorDeps {
  client: Client
  clock: Clock
  logger: Logger
  /** The served kind of this group and name; undefined while discovery does not know it. */
  kindOf: (type: GroupKindName) => Kind | undefined
  /** See `GraphListener`. */
  unknownOwner: (type: GroupKindName) => void
}

/** Nobody knows yet how to ask for an object of this kind: its CustomResourceDefinition may be still to come. */
class UnknownKind extends Error {
  override readonly name = 'UnknownKind'
}

/**
 * Acts on what the graph asks for. Every decision is made on what the server says now; the graph only tells whom to
 * look at. As kube-controller-manager's GarbageCollector.
 */
export class Collector {
  readonly graph: Graph
  readonly #deps: CollectorDeps
  readonly #toDelete: Workqueue
  readonly #toOrphan: Workqueue

  constructor(deps: CollectorDeps) {
    this.#deps = deps
    this.#toDelete = newWorkqueue({ clock: deps.clock })
    this.#toOrphan = newWorkqueue({ clock: deps.clock })
    this.graph = new Graph({
      attemptToDelete: ({ uid }) => this.#toDelete.add(uid),
      attemptToOrphan: ({ uid }) => this.#toOrphan.add(uid),
      unknownOwner: deps.unknownOwner,
    })
  }

  /** Works until the signal is aborted. Nothing is collected before `ready` has resolved. */
  async run(signal: AbortSignal, ready: Promise<void>, workers: number): Promise<void> {
    const stop = () => {
      this.#toDelete.shutDown()
      this.#toOrphan.shutDown()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    await ready
    const start = (queue: Workqueue, act: (node: GraphNode) => Promise<void>) =>
      Array.from({ length: workers }, () => this.#work(queue, act, signal))
    await Promise.all([
      ...start(this.#toDelete, (node) => this.#attemptToDelete(node)),
      ...start(this.#toOrphan, (node) => this.#orphan(node)),
    ])
  }

  async #work(queue: Workqueue, act: (node: GraphNode) => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      const uid = await queue.get()
      if (uid === undefined || signal.aborted) return
      const node = this.graph.get(uid)
      try {
        if (node) await act(node)
        queue.forget(uid)
      } catch (error) {
        if (signal.aborted) return
        queue.addRateLimited(uid)
        const usual = isConflict(error) || error instanceof UnknownKind || error instanceof ConnectionError
        const fields = { kind: node?.type.kind, namespace: node?.namespace, name: node?.name, error }
        this.#deps.logger[usual ? 'debug' : 'warn']('garbage collection failed, will be tried again', fields)
      } finally {
        queue.done(uid)
      }
    }
  }

  async #attemptToDelete(node: GraphNode): Promise<void> {
    if (node.deleting && !node.deletingDependents) return
    const kind = this.#kindOf(node.type)
    const live = await this.#get(kind, node)
    if (live?.metadata.uid !== node.uid) {
      this.graph.vanished(node)
      return
    }
    this.graph.confirm(node, live.metadata)
    if (node.deletingDependents) return this.#continueForeground(kind, node, live)
    const states = new Map<string, OwnerState>()
    for (const reference of live.metadata.ownerReferences ?? []) {
      const state = await this.#stateOf(reference, node, kind)
      // A cluster-scoped object cannot say in which namespace its owner is: it is left alone.
      if (state === undefined) return
      states.set(reference.uid, state)
    }
    const verdict = judge(node, live.metadata, ({ uid }) => states.get(uid) ?? 'there')
    if (verdict.action === 'keep') return
    if (verdict.action === 'dropReferences') return this.#patchOwners(kind, live, verdict.references)
    if (verdict.unblock) await this.#patchOwners(kind, live, verdict.unblock)
    await this.#delete(kind, live, verdict.propagationPolicy, verdict.unblock === undefined)
  }

  async #continueForeground(kind: Kind, node: GraphNode, live: KubeObject): Promise<void> {
    const blocking = blockingDependents(node)
    if (blocking.length === 0) return this.#removeFinalizer(kind, live, foregroundFinalizer)
    for (const dependent of blocking) if (!dependent.deletingDependents) this.#toDelete.add(dependent.uid)
  }

  async #stateOf(reference: OwnerReference, node: GraphNode, kind: Kind): Promise<OwnerState | undefined> {
    if (this.graph.isAbsent(reference, node.namespace)) return 'gone'
    const { group } = parseGroupVersion(reference.apiVersion)
    const ownerKind = this.#kindOf({ group, kind: reference.kind })
    if (ownerKind.namespaced && !kind.namespaced) return undefined
    const owner = await this.#get(ownerKind, { namespace: node.namespace, name: reference.name })
    if (owner?.metadata.uid !== reference.uid) {
      this.graph.markAbsent(reference, ownerKind.namespaced ? node.namespace : '')
      return 'gone'
    }
    const { deletionTimestamp, finalizers = [] } = owner.metadata
    return deletionTimestamp !== undefined && finalizers.includes(foregroundFinalizer) ? 'waiting' : 'there'
  }

  /** Leaves the dependents without this owner, then lets it go. */
  async #orphan(node: GraphNode): Promise<void> {
    const results = await Promise.allSettled([...node.dependents].map((dependent) => this.#disown(dependent, node.uid)))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    const kind = this.#kindOf(node.type)
    const live = await this.#get(kind, node)
    if (live?.metadata.uid === node.uid) await this.#removeFinalizer(kind, live, orphanFinalizer)
  }

  async #disown(dependent: GraphNode, owner: string): Promise<void> {
    const kind = this.#kindOf(dependent.type)
    const live = await this.#get(kind, dependent)
    if (live?.metadata.uid !== dependent.uid) return
    const references = live.metadata.ownerReferences ?? []
    const rest = references.filter(({ uid }) => uid !== owner)
    if (rest.length < references.length) await this.#patchOwners(kind, live, rest)
  }

  #patchOwners(kind: Kind, live: KubeObject, references: readonly OwnerReference[]): Promise<void> {
    return this.#patchMeta(kind, live, { ownerReferences: references.length === 0 ? null : references })
  }

  #removeFinalizer(kind: Kind, live: KubeObject, finalizer: string): Promise<void> {
    const finalizers = (live.metadata.finalizers ?? []).filter((other) => other !== finalizer)
    if (finalizers.length === (live.metadata.finalizers ?? []).length) return Promise.resolve()
    return this.#patchMeta(kind, live, { finalizers: finalizers.length === 0 ? null : finalizers })
  }

  /** A merge patch with the version that was read, which custom resources take too. */
  async #patchMeta(kind: Kind, { metadata }: KubeObject, change: object): Promise<void> {
    const { uid, resourceVersion } = metadata
    const patch = { metadata: { uid, resourceVersion, ...change } }
    await this.#deps.client.patch(kind, keyOf(kind, metadata), patch, { type: 'merge' }).catch(unlessNotFound)
  }

  async #delete(kind: Kind, { metadata }: KubeObject, propagationPolicy: string, exact: boolean): Promise<void> {
    const { uid, resourceVersion } = metadata
    const preconditions = { uid, ...(exact ? { resourceVersion } : {}) }
    const options = { propagationPolicy, preconditions }
    await this.#deps.client.delete(kind, keyOf(kind, metadata), options).catch(unlessNotFound)
  }

  async #get(kind: Kind, of: { readonly namespace?: string; readonly name?: string }): Promise<KubeObject | undefined> {
    try {
      return await this.#deps.client.get(kind, keyOf(kind, of))
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  #kindOf(type: GroupKindName): Kind {
    const kind = this.#deps.kindOf(type)
    if (!kind) throw new UnknownKind(`unable to get REST mapping for ${type.group}/${type.kind}`)
    return kind
  }
}

function keyOf(kind: Kind, { namespace, name = '' }: DeepReadonly<{ namespace?: string; name?: string }>): ObjectKey {
  return { name, ...(kind.namespaced && namespace ? { namespace } : {}) }
}

function unlessNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error
  return undefined
}
