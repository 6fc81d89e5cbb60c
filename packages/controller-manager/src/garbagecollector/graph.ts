import type { ObjectMeta, OwnerReference } from '@wherry/api'
import { type DeepReadonly, parseGroupVersion } from '@wherry/apimachinery'
import { isDeleting } from '../meta.ts'

export const foregroundFinalizer = 'foregroundDeletion'
export const orphanFinalizer = 'orphan'

type Meta = DeepReadonly<ObjectMeta>

/** Group and kind, shared by all nodes of the kind. */
export interface GroupKindName {
  readonly group: string
  readonly kind: string
}

/** One object in the graph of owners and dependents. Only the graph changes it. */
export interface GraphNode {
  readonly uid: string
  readonly type: GroupKindName
  readonly namespace: string
  readonly name: string
  owners: readonly OwnerReference[]
  readonly dependents: Set<GraphNode>
  /** False for an owner that is known only from what its dependents say. */
  observed: boolean
  /** Somebody has asked for its deletion. */
  deleting: boolean
  /** It waits for its dependents to go first: foreground deletion. */
  deletingDependents: boolean
}

/** What the graph asks for when it changes. */
export interface GraphListener {
  /** The object may have lost its last owner, or may be able to go on with its foreground deletion. */
  attemptToDelete(node: GraphNode): void
  /** The object's dependents are to be left without it. */
  attemptToOrphan(node: GraphNode): void
  /** An owner of this kind has been named that was not observed: its kind has to be followed. */
  unknownOwner(type: GroupKindName): void
}

/**
 * Who owns whom, as far as it matters: objects without owners, dependents or a deletion under way take no memory.
 *
 *     dependent ──owners──▶ owner        an owner that was not seen yet is a virtual node: somebody has to ask
 *     owner ──dependents──▶ dependent    the server whether it exists
 *
 * Events of different kinds come in no order; the graph is right again once all have come. As kube-controller-manager
 * `GraphBuilder.processGraphChanges`.
 */
export class Graph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #types = new Map<string, GroupKindName>()
  readonly #absent = new AbsentOwners()
  readonly #listener: GraphListener

  constructor(listener: GraphListener) {
    this.#listener = listener
  }

  get size(): number {
    return this.#nodes.size
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  /** Takes in an object as it is now. Says whether it matters: whether it owns, is owned, or waits to be collected. */
  observe(type: GroupKindName, meta: Meta): boolean {
    const owners = meta.ownerReferences ?? []
    const known = this.#nodes.get(meta.uid ?? '')
    if (!known && owners.length === 0 && !awaitsCollector(meta)) return false
    const node = known ?? this.#insert(type, meta)
    this.#observeIdentity(node, type, meta)
    const wasWaiting = node.deletingDependents
    const before = node.owners
    node.owners = owners.map((owner) => ({ ...owner }))
    this.#connect(node, before)
    node.deleting = isDeleting(meta)
    const finalizers = meta.finalizers ?? []
    if (node.deleting && finalizers.includes(orphanFinalizer)) {
      // Every look until the finalizer is off; orphaning twice does no harm.
      this.#listener.attemptToOrphan(node)
    } else if (node.deleting && finalizers.includes(foregroundFinalizer) && !wasWaiting) {
      node.deletingDependents = true
      for (const dependent of node.dependents) this.#listener.attemptToDelete(dependent)
      this.#listener.attemptToDelete(node)
    }
    this.#dropIfIdle(node)
    return this.#nodes.has(node.uid)
  }

  /** Takes in that an object is gone. */
  forget(uid: string): void {
    const node = this.#nodes.get(uid)
    if (!node) return
    this.#nodes.delete(uid)
    for (const { uid: ownerUid } of node.owners) {
      const owner = this.#nodes.get(ownerUid)
      if (!owner) continue
      owner.dependents.delete(node)
      if (owner.deletingDependents) this.#listener.attemptToDelete(owner)
      this.#dropIfIdle(owner)
    }
    if (node.dependents.size > 0) this.#absent.add(coordinates(node))
    for (const dependent of node.dependents) this.#listener.attemptToDelete(dependent)
  }

  /** Takes in what the server said of an owner that was known only by name. */
  confirm(node: GraphNode, meta: Meta): void {
    this.#observeIdentity(node, node.type, meta)
  }

  /**
   * Takes in that the server does not know a node, under the name that its dependents gave. Those that gave this name
   * lose their owner; where others gave another name, the node goes on under that one.
   */
  vanished(node: GraphNode): void {
    if (node.observed) {
      this.forget(node.uid)
      return
    }
    this.#absent.add(coordinates(node))
    const others: OwnerReference[] = []
    for (const dependent of node.dependents) {
      const reference = dependent.owners.find(({ uid }) => uid === node.uid)
      if (!reference || this.#names(node, reference, dependent)) this.#listener.attemptToDelete(dependent)
      else others.push({ ...reference, name: `${dependent.namespace}/${reference.name}` })
    }
    const [other] = others
    if (!other) {
      this.#nodes.delete(node.uid)
      return
    }
    const [namespace = '', name = ''] = other.name.split('/')
    Object.assign(node, { namespace, name, type: this.#typeFor(other) })
    this.#listener.attemptToDelete(node)
  }

  #names(node: GraphNode, reference: OwnerReference, dependent: GraphNode): boolean {
    return (
      node.name === reference.name && node.type === this.#typeFor(reference) && node.namespace === dependent.namespace
    )
  }

  #typeFor({ apiVersion, kind }: OwnerReference): GroupKindName {
    return this.#typeOf(parseGroupVersion(apiVersion).group, kind)
  }

  /** Whether the owner that a reference names is known to be gone. */
  isAbsent(reference: DeepReadonly<OwnerReference>, namespace: string): boolean {
    const { group } = parseGroupVersion(reference.apiVersion)
    const owner = { uid: reference.uid, name: reference.name, type: { group, kind: reference.kind } }
    return (
      this.#absent.has(coordinates({ ...owner, namespace })) ||
      this.#absent.has(coordinates({ ...owner, namespace: '' }))
    )
  }

  markAbsent(reference: DeepReadonly<OwnerReference>, namespace: string): void {
    const { group } = parseGroupVersion(reference.apiVersion)
    this.#absent.add(coordinates({ ...reference, namespace, type: { group, kind: reference.kind } }))
  }

  /** The uids of all objects of a kind, to find out which of them went unseen. */
  *uidsOf(type: GroupKindName): Iterable<string> {
    const shared = this.#typeOf(type.group, type.kind)
    for (const node of this.#nodes.values()) if (node.type === shared && node.observed) yield node.uid
  }

  #insert(type: GroupKindName, meta: Meta): GraphNode {
    const node: GraphNode = {
      uid: meta.uid ?? '',
      type: this.#typeOf(type.group, type.kind),
      namespace: meta.namespace ?? '',
      name: meta.name ?? '',
      owners: [],
      dependents: new Set(),
      observed: true,
      deleting: false,
      deletingDependents: false,
    }
    this.#nodes.set(node.uid, node)
    return node
  }

  /** A dependent may have named its owner wrongly, but for the uid: then the owner takes the dependent's place. */
  #observeIdentity(node: GraphNode, type: GroupKindName, meta: Meta): void {
    if (node.observed) return
    node.observed = true
    const right = node.name === meta.name && node.type.kind === type.kind && node.type.group === type.group
    const namespaceFits = node.namespace === (meta.namespace ?? '')
    if (right && namespaceFits) return
    for (const dependent of node.dependents) {
      const refers = dependent.owners.some(
        (owner) => owner.uid === node.uid && owner.name === meta.name && owner.kind === type.kind,
      )
      const near = !meta.namespace || meta.namespace === dependent.namespace
      if (!refers || !near) this.#listener.attemptToDelete(dependent)
    }
    Object.assign(node, {
      name: meta.name ?? '',
      namespace: meta.namespace ?? '',
      type: this.#typeOf(type.group, type.kind),
    })
  }

  #connect(node: GraphNode, before: readonly OwnerReference[]): void {
    const now = new Set(node.owners.map(({ uid }) => uid))
    for (const { uid, blockOwnerDeletion } of before) {
      const owner = this.#nodes.get(uid)
      const blocks = node.owners.some((other) => other.uid === uid && other.blockOwnerDeletion === true)
      if (!owner) continue
      if (!now.has(uid)) owner.dependents.delete(node)
      // One obstacle less for an owner that waits.
      if (blockOwnerDeletion && !blocks && owner.deletingDependents) this.#listener.attemptToDelete(owner)
      if (!now.has(uid)) this.#dropIfIdle(owner)
    }
    const had = new Set(before.map(({ uid }) => uid))
    for (const reference of node.owners) {
      const known = this.#nodes.get(reference.uid)
      // An owner that it had before and that is not there now is known to be gone.
      if (had.has(reference.uid)) continue
      const owner = known ?? this.#virtualOwner(reference, node)
      owner.dependents.add(node)
      if (!known) this.#listener.attemptToDelete(owner)
      else if (known.observed && isElsewhere(known, node)) this.#listener.attemptToDelete(node)
      else if (known.deletingDependents) this.#listener.attemptToDelete(node)
    }
  }

  #virtualOwner(reference: OwnerReference, dependent: GraphNode): GraphNode {
    const { uid, name } = reference
    const owner = this.#insert(this.#typeFor(reference), { uid, name, namespace: dependent.namespace })
    owner.observed = false
    this.#listener.unknownOwner(owner.type)
    return owner
  }

  #dropIfIdle(node: GraphNode): void {
    if (node.owners.length === 0 && node.dependents.size === 0 && !node.deleting) this.#nodes.delete(node.uid)
  }

  #typeOf(group: string, kind: string): GroupKindName {
    const id = `${group}/${kind}`
    const known = this.#types.get(id)
    if (known) return known
    const type = { group, kind }
    this.#types.set(id, type)
    return type
  }
}

/** Whether a namespaced owner is in another namespace than its dependent: it can never be found. */
function isElsewhere(owner: GraphNode, dependent: GraphNode): boolean {
  return owner.namespace !== '' && owner.namespace !== dependent.namespace
}

function awaitsCollector({ deletionTimestamp, finalizers = [] }: Meta): boolean {
  return (
    deletionTimestamp !== undefined &&
    (finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer))
  )
}

/** Upstream remembers as many. */
const maxAbsent = 500

/** Uid and name: a reference with the right uid and a wrong name must not make the owner absent for others. */
function coordinates({ uid, type, namespace, name }: Pick<GraphNode, 'uid' | 'type' | 'namespace' | 'name'>): string {
  return JSON.stringify([uid, type.group, type.kind, namespace, name])
}

/** The last few owners that were found to be gone: nobody has to ask for them again. */
class AbsentOwners {
  readonly #owners = new Set<string>()

  has(owner: string): boolean {
    return this.#owners.has(owner)
  }

  add(owner: string): void {
    this.#owners.delete(owner)
    this.#owners.add(owner)
    if (this.#owners.size <= maxAbsent) return
    for (const oldest of this.#owners) {
      this.#owners.delete(oldest)
      return
    }
  }
}
