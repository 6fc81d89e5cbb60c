import type { Clock } from '@wherry/component-base'
import type { Backend } from './endpoint-choice.ts'

/** The most clients whose endpoint is remembered for one listener. */
const maxClients = 10_000

interface Stay {
  backend: Backend
  until: number
}

/** Picks endpoints in turn; with affinity, a client gets the one that it had, while that is there. */
export class Balancer {
  readonly #clock: Clock
  #backends: readonly Backend[]
  #affinityMs: number
  #next = 0
  readonly #stays = new Map<string, Stay>()

  constructor(clock: Clock, backends: readonly Backend[], affinityMs: number) {
    this.#clock = clock
    this.#backends = backends
    this.#affinityMs = affinityMs
  }

  get backends(): readonly Backend[] {
    return this.#backends
  }

  update(backends: readonly Backend[], affinityMs: number): void {
    this.#backends = backends
    this.#affinityMs = affinityMs
    if (affinityMs === 0) this.#stays.clear()
  }

  has(backend: Backend): boolean {
    return this.#backends.some((other) => same(other, backend))
  }

  /** The endpoints to try for one client, best first. */
  candidates(client: string): Backend[] {
    const count = this.#backends.length
    if (count === 0) return []
    const start = this.#next++ % count
    const inTurn = [...this.#backends.slice(start), ...this.#backends.slice(0, start)]
    const stay = this.#affinityMs > 0 ? this.#stays.get(client) : undefined
    if (!stay || stay.until < this.#clock.now()) return inTurn
    const kept = inTurn.find((backend) => same(backend, stay.backend))
    return kept ? [kept, ...inTurn.filter((backend) => backend !== kept)] : inTurn
  }

  /** The client has been connected to this endpoint. */
  chosen(client: string, backend: Backend): void {
    if (this.#affinityMs === 0) return
    this.#stays.delete(client)
    this.#stays.set(client, { backend, until: this.#clock.now() + this.#affinityMs })
    if (this.#stays.size > maxClients) {
      const [oldest] = this.#stays.keys()
      if (oldest !== undefined) this.#stays.delete(oldest)
    }
  }
}

function same(a: Backend, b: Backend): boolean {
  return a.address === b.address && a.port === b.port
}
