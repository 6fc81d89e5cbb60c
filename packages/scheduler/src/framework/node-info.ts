import type { Node } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Amounts, amountsOf, type HostPort, type PodInfo } from './pod-info.ts'

const anyAddress = '0.0.0.0'

/** A node and the sum of what its pods have taken, kept up as pods come and go. */
export class NodeInfo {
  #node: DeepReadonly<Node>
  #allocatable: Amounts
  readonly #pods = new Map<string, PodInfo>()
  readonly #requested = new Map<string, number>()
  readonly #withAffinity = new Map<string, PodInfo>()
  readonly #withAntiAffinity = new Map<string, PodInfo>()
  readonly #ports = new Map<string, HostPort & { users: number }>()
  #nonZeroCPU = 0
  #nonZeroMemory = 0

  constructor(node: DeepReadonly<Node>) {
    this.#node = node
    this.#allocatable = amountsOf(node.status?.allocatable)
  }

  get node(): DeepReadonly<Node> {
    return this.#node
  }

  get name(): string {
    return this.#node.metadata.name ?? ''
  }

  get allocatable(): Amounts {
    return this.#allocatable
  }

  get requested(): Amounts {
    return this.#requested
  }

  get nonZero(): { cpu: number; memory: number } {
    return { cpu: this.#nonZeroCPU, memory: this.#nonZeroMemory }
  }

  get pods(): ReadonlyMap<string, PodInfo> {
    return this.#pods
  }

  /** Those of the pods that say something of other pods: the others need not be asked. */
  get podsWithAffinity(): ReadonlyMap<string, PodInfo> {
    return this.#withAffinity
  }

  /** Those that must not be near some other pods. */
  get podsWithAntiAffinity(): ReadonlyMap<string, PodInfo> {
    return this.#withAntiAffinity
  }

  setNode(node: DeepReadonly<Node>): void {
    this.#node = node
    this.#allocatable = amountsOf(node.status?.allocatable)
  }

  addPod(pod: PodInfo): void {
    this.removePod(pod.uid)
    this.#pods.set(pod.uid, pod)
    const { podAffinity, podAntiAffinity } = pod.pod.spec?.affinity ?? {}
    if (podAffinity || podAntiAffinity) this.#withAffinity.set(pod.uid, pod)
    if (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.length)
      this.#withAntiAffinity.set(pod.uid, pod)
    this.#count(pod, 1)
  }

  removePod(uid: string): void {
    const pod = this.#pods.get(uid)
    if (!pod) return
    this.#pods.delete(uid)
    this.#withAffinity.delete(uid)
    this.#withAntiAffinity.delete(uid)
    this.#count(pod, -1)
  }

  /** Whether somebody on the node has the port; the address 0.0.0.0 stands for every address. */
  hasPort({ ip, protocol, port }: HostPort): boolean {
    if (ip !== anyAddress) {
      return (
        this.#ports.has(portKey({ ip, protocol, port })) || this.#ports.has(portKey({ ip: anyAddress, protocol, port }))
      )
    }
    for (const used of this.#ports.values()) if (used.port === port && used.protocol === protocol) return true
    return false
  }

  /** A copy that may be changed to see what would be, such as without some pods. */
  clone(): NodeInfo {
    const copy = new NodeInfo(this.#node)
    for (const pod of this.#pods.values()) copy.addPod(pod)
    return copy
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    for (const [resource, amount] of pod.requests) {
      this.#requested.set(resource, (this.#requested.get(resource) ?? 0) + sign * amount)
    }
    this.#nonZeroCPU += sign * pod.nonZero.cpu
    this.#nonZeroMemory += sign * pod.nonZero.memory
    for (const port of pod.hostPorts) {
      const key = portKey(port)
      const users = (this.#ports.get(key)?.users ?? 0) + sign
      if (users === 0) this.#ports.delete(key)
      else this.#ports.set(key, { ...port, users })
    }
  }
}

function portKey({ ip, protocol, port }: HostPort): string {
  return `${ip}/${protocol}/${port}`
}
