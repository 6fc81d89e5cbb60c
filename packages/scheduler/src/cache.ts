import type { Node, Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { NodeInfo } from './framework/node-info.ts'
import { newPodInfo, type PodInfo } from './framework/pod-info.ts'

/**
 * The nodes and who is on them. A pod that has been placed counts at once, before the API server knows (`assume`); the
 * informer's later word replaces it, or `forget` takes it back.
 */
export class Cache {
  readonly #byName = new Map<string, NodeInfo>()
  /** The same nodes in a list, for placing pods without a copy. */
  #list: NodeInfo[] = []
  /** Which node a pod counts on, by uid. */
  readonly #placed = new Map<string, { pod: PodInfo; node: string }>()
  /** Pods of nodes that are not here (yet). */
  readonly #homeless = new Map<string, Map<string, PodInfo>>()

  get nodes(): readonly NodeInfo[] {
    return this.#list
  }

  node(name: string): NodeInfo | undefined {
    return this.#byName.get(name)
  }

  setNode(node: DeepReadonly<Node>): void {
    const name = node.metadata.name ?? ''
    const known = this.#byName.get(name)
    if (known) {
      known.setNode(node)
      return
    }
    const info = new NodeInfo(node)
    for (const pod of this.#homeless.get(name)?.values() ?? []) info.addPod(pod)
    this.#homeless.delete(name)
    this.#byName.set(name, info)
    this.#list.push(info)
  }

  removeNode(name: string): void {
    const info = this.#byName.get(name)
    if (!info) return
    this.#byName.delete(name)
    this.#list = this.#list.filter((other) => other !== info)
    if (info.pods.size > 0) this.#homeless.set(name, new Map(info.pods))
  }

  /** A pod that the API server says is on a node. */
  setPod(pod: DeepReadonly<Pod>): void {
    this.#put(newPodInfo(pod), pod.spec?.nodeName ?? '')
  }

  /** Counts a pod on the node that has been chosen for it. */
  assume(pod: PodInfo, node: string): void {
    this.#put(pod, node)
  }

  isAssumedOn(uid: string): string | undefined {
    return this.#placed.get(uid)?.node
  }

  /** The pod is gone, or was not bound after all. */
  forget(uid: string): void {
    const placed = this.#placed.get(uid)
    if (!placed) return
    this.#placed.delete(uid)
    this.#byName.get(placed.node)?.removePod(uid)
    const homeless = this.#homeless.get(placed.node)
    homeless?.delete(uid)
    if (homeless?.size === 0) this.#homeless.delete(placed.node)
  }

  #put(pod: PodInfo, node: string): void {
    this.forget(pod.uid)
    this.#placed.set(pod.uid, { pod, node })
    const info = this.#byName.get(node)
    if (info) info.addPod(pod)
    else {
      const homeless = this.#homeless.get(node) ?? new Map<string, PodInfo>()
      homeless.set(pod.uid, pod)
      this.#homeless.set(node, homeless)
    }
  }
}
