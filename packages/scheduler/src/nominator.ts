import type { PodInfo } from './framework/pod-info.ts'

/** Which pods wait for room that is being made for them, and on which node. */
export class Nominator {
  readonly #byNode = new Map<string, Map<string, PodInfo>>()
  readonly #nodeOf = new Map<string, string>()

  of(node: string): readonly PodInfo[] {
    return [...(this.#byNode.get(node)?.values() ?? [])]
  }

  set(pod: PodInfo, node: string): void {
    this.delete(pod.uid)
    const pods = this.#byNode.get(node) ?? new Map<string, PodInfo>()
    pods.set(pod.uid, pod)
    this.#byNode.set(node, pods)
    this.#nodeOf.set(pod.uid, node)
  }

  delete(uid: string): void {
    const node = this.#nodeOf.get(uid)
    if (node === undefined) return
    this.#nodeOf.delete(uid)
    const pods = this.#byNode.get(node)
    pods?.delete(uid)
    if (pods?.size === 0) this.#byNode.delete(node)
  }
}
