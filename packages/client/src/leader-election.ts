import { Lease, type LeaseSpec } from '@wherry/api'
import { formatMicroTime, isNotFound } from '@wherry/apimachinery'
import {
  type Clock,
  childOf,
  forMany,
  type Logger,
  newBackoff,
  type Random,
  realRandom,
  sleep,
} from '@wherry/component-base'
import type { Client } from './rest/client.ts'
import { ConnectionError } from './rest/connection-error.ts'

export interface LeaderElectionDeps {
  client: Client
  clock: Clock
  logger: Logger
  random?: Random
  /** Of the Lease. */
  name: string
  namespace: string
  /**
   * Who this is; two processes must never share one. A process that takes the place of another one that has surely
   * ended, such as a supervised one, may use its identity and need not wait for its lease to run out.
   */
  identity: string
  /** How long others wait for a leader that has fallen silent. */
  leaseDurationMs?: number
  /** How long a leader tries to renew before it gives up; shorter than the lease. */
  renewDeadlineMs?: number
  retryPeriodMs?: number
}

/** Another process may lead now: whatever the leader did has been stopped, and the process should end. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost'
}

/** As client-go: waits are lengthened by up to this share. */
const jitterFactor = 1.2

/** A server that is not there yet is asked again soon: components start beside it. */
const unreachedMs = 50

/**
 * Waits until this process holds the lease and then runs `run`, whose signal is aborted when the lease cannot be renewed
 * in time or `signal` is aborted. Gives the lease up at the end. Throws `LeadershipLost` when it was lost, and what `run`
 * throws. At most one process runs at any time as long as clocks run equally fast. As client-go: tools/leaderelection.
 */
export async function runWithLeaderElection(
  deps: LeaderElectionDeps,
  run: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const elector = new LeaderElector(deps)
  if (!(await elector.acquire(signal))) return
  const term = childOf(signal)
  const ended = childOf(signal)
  const leading = run(forMany(term.signal)).finally(() => ended.abort())
  const renewing = elector.renew(ended.signal).then((lost) => {
    if (lost) term.abort(lost)
    return lost
  })
  const [result, lost] = await Promise.all([
    leading.then(
      () => undefined,
      (error: unknown) => ({ error }),
    ),
    renewing,
  ])
  term.release()
  ended.release()
  if (lost) throw lost
  await elector.release()
  if (result) throw result.error
}

class LeaderElector {
  readonly #deps: Required<LeaderElectionDeps>
  #lease: Lease | undefined
  /** When the lease was last seen to change, by this process's clock: clocks of others do not count. */
  #observedAt = -Infinity
  /** The last try did not get through to the server. */
  #unreached = false

  constructor(deps: LeaderElectionDeps) {
    this.#deps = {
      random: realRandom,
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      ...deps,
    }
  }

  /** True once the lease is held, false when the signal was aborted first. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    const { clock, logger, random, retryPeriodMs, name, identity } = this.#deps
    let leader = ''
    const backoff = newBackoff({ clock, random, initialMs: unreachedMs, maxMs: retryPeriodMs })
    while (!signal.aborted) {
      if (await this.#tryHold(signal)) {
        logger.info('became leader', { lease: name, identity })
        return true
      }
      if (this.#holder !== '' && this.#holder !== leader) {
        leader = this.#holder
        logger.info('another process leads', { lease: name, leader })
      }
      const delay = this.#unreached ? backoff.next() : retryPeriodMs * (1 + random() * jitterFactor)
      await sleep(clock, delay, signal).catch(() => undefined)
    }
    return false
  }

  /** Renews until the signal is aborted; returns the loss when the lease could not be renewed in time. */
  async renew(signal: AbortSignal): Promise<LeadershipLost | undefined> {
    const { clock, logger, name, retryPeriodMs, renewDeadlineMs } = this.#deps
    let renewedAt = clock.now()
    while (!signal.aborted) {
      await sleep(clock, retryPeriodMs, signal).catch(() => undefined)
      if (signal.aborted) return undefined
      const deadline = childOf(signal)
      const cancel = clock.setTimer(renewedAt + renewDeadlineMs - clock.now(), () => deadline.abort())
      const held = await this.#tryHold(deadline.signal)
      cancel()
      deadline.release()
      if (signal.aborted) return undefined
      if (held) renewedAt = clock.now()
      else if (clock.now() - renewedAt >= renewDeadlineMs) {
        logger.error('failed to renew lease', { lease: name })
        return new LeadershipLost('leaderelection lost')
      }
    }
    return undefined
  }

  /** Leaves the lease to whoever comes first. */
  async release(): Promise<void> {
    const { client, clock, logger, name, retryPeriodMs } = this.#deps
    const lease = this.#lease
    if (!lease) return
    const time = formatMicroTime(clock.now())
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: time, acquireTime: time }
    // Nobody waits at the end for a server that may be going too.
    const deadline = new AbortController()
    const cancel = clock.setTimer(retryPeriodMs, () => deadline.abort(new Error('the server did not answer in time')))
    try {
      await client.update(Lease, { ...lease, spec }, { signal: deadline.signal })
    } catch (error) {
      logger.warn('failed to release lease', { lease: name, error })
    } finally {
      cancel()
    }
  }

  get #holder(): string {
    return this.#lease?.spec?.holderIdentity ?? ''
  }

  get #isValid(): boolean {
    const seconds = this.#lease?.spec?.leaseDurationSeconds ?? 0
    return this.#observedAt + seconds * 1000 > this.#deps.clock.now()
  }

  async #tryHold(signal: AbortSignal): Promise<boolean> {
    const { identity, logger, name } = this.#deps
    this.#unreached = false
    try {
      if (this.#holder === identity && this.#isValid) {
        // Nobody else should have touched it, so it is not read first.
        const renewed = await this.#write(signal).catch(() => false)
        if (renewed || signal.aborted) return renewed
      }
      const found = await this.#read(signal)
      if (!found) return await this.#create(signal)
      if (found.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion) this.#observe(found)
      if (this.#holder !== '' && this.#holder !== identity && this.#isValid) return false
      return await this.#write(signal)
    } catch (error) {
      this.#unreached = error instanceof ConnectionError
      if (!signal.aborted) logger.debug('failed to hold lease', { lease: name, error })
      return false
    }
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#deps
    try {
      return await client.get(Lease, { namespace, name }, { signal })
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  async #create(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name } = this.#deps
    const spec = { ...this.#hold(undefined), leaseTransitions: 0 }
    const lease: Lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec }
    this.#observe(await client.create(Lease, lease, { signal }))
    return true
  }

  async #write(signal: AbortSignal): Promise<boolean> {
    const lease = this.#lease
    if (!lease) return false
    this.#observe(await this.#deps.client.update(Lease, { ...lease, spec: this.#hold(lease.spec) }, { signal }))
    return true
  }

  /** The lease's next state with this process as its holder. */
  #hold(old: LeaseSpec | undefined): LeaseSpec {
    const { clock, identity, leaseDurationMs } = this.#deps
    const now = formatMicroTime(clock.now())
    const mine = old?.holderIdentity === identity
    return {
      ...old,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(leaseDurationMs / 1000),
      acquireTime: mine ? (old.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (old?.leaseTransitions ?? 0) + (mine ? 0 : 1),
    }
  }

  #observe(lease: Lease): void {
    this.#lease = lease
    this.#observedAt = this.#deps.clock.now()
  }
}
