import { type Clock, type Logger, newBackoff, type Backoff, type Random } from '@wherry/component-base'
import { type ListenerPlan, listenerKey } from './listener-plan.ts'
import type { PortProxy } from './port-proxy.ts'
import { openTCPProxy } from './tcp-proxy.ts'
import { openUDPProxy } from './udp-proxy.ts'

export interface ListenersDeps {
  clock: Clock
  logger: Logger
  random: Random
}

/** A listener that cannot be opened; `retryAfterMs` is when it is worth another try. */
export interface ListenFailure {
  plan: ListenerPlan
  code: string
  retryAfterMs: number
}

interface Open {
  owner: string
  proxy: PortProxy
}

/** The open listeners of all Services, by address and port. A port belongs to the Service that got it first. */
export class Listeners {
  readonly #deps: ListenersDeps
  readonly #open = new Map<string, Open>()
  readonly #byOwner = new Map<string, Set<string>>()
  readonly #backoffs = new Map<string, Backoff>()

  constructor(deps: ListenersDeps) {
    this.#deps = deps
  }

  /** Opens, changes and closes listeners until the owner has exactly those of the plans; returns what failed. */
  async apply(owner: string, plans: readonly ListenerPlan[]): Promise<ListenFailure[]> {
    const wanted = new Map(plans.map((plan) => [listenerKey(plan), plan]))
    const mine = this.#byOwner.get(owner) ?? new Set()
    this.#byOwner.set(owner, mine)
    for (const key of [...mine]) {
      if (!wanted.has(key)) await this.#close(owner, key)
    }
    const failures: ListenFailure[] = []
    for (const [key, plan] of wanted) {
      const open = this.#open.get(key)
      if (open?.owner === owner) open.proxy.update(plan.backends, plan.affinityMs)
      else if (open) failures.push(this.#failed(key, plan, 'EADDRINUSE'))
      else {
        const failure = await this.#listen(owner, key, plan)
        if (failure) failures.push(failure)
      }
    }
    if (mine.size === 0) this.#byOwner.delete(owner)
    return failures
  }

  /** Ends all listeners and their connections. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ proxy }) => proxy.destroy()))
    this.#open.clear()
    this.#byOwner.clear()
  }

  async #listen(owner: string, key: string, plan: ListenerPlan): Promise<ListenFailure | undefined> {
    const { clock, logger } = this.#deps
    try {
      const open = plan.protocol === 'TCP' ? openTCPProxy : openUDPProxy
      const proxy = await open({ ...plan, clock })
      this.#open.set(key, { owner, proxy })
      this.#byOwner.get(owner)?.add(key)
      this.#backoffs.delete(key)
      logger.debug('listening', { service: owner, address: key })
      return undefined
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      logger.warn('cannot listen for a Service', { service: owner, address: key, error })
      return this.#failed(key, plan, code)
    }
  }

  async #close(owner: string, key: string): Promise<void> {
    const open = this.#open.get(key)
    this.#open.delete(key)
    this.#byOwner.get(owner)?.delete(key)
    await open?.proxy.close()
  }

  #failed(key: string, plan: ListenerPlan, code: string): ListenFailure {
    const { clock, random } = this.#deps
    const backoff = this.#backoffs.get(key) ?? newBackoff({ clock, random, initialMs: 1_000, maxMs: 60_000 })
    this.#backoffs.set(key, backoff)
    return { plan, code, retryAfterMs: backoff.next() }
  }
}
