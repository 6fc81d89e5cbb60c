import type { Clock } from '@wherry/component-base'
import type { ContainerSpec } from '../pod/pod-object.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { type ProbeOutcome, type ProbeSpec, type ProbeType, runProbe } from './probe.ts'
import { ProbeState } from './probe-state.ts'

export interface PodProbesDeps {
  clock: Clock
  runtime: Pick<ContainerRuntime, 'execSync'>
  /** A probe failed, whether that changes its result or not. */
  failed: (container: ContainerSpec, type: ProbeType, outcome: ProbeOutcome) => void
  /** A result has changed. */
  changed: () => void
}

/** What an earlier agent has found out about a container that was taken over; only what is true. */
export interface KnownHealth {
  startup?: true | undefined
  readiness?: true | undefined
}

interface Runner {
  containerId: string
  state: ProbeState
  stop: () => void
}

const types: readonly [ProbeType, (container: ContainerSpec) => ProbeSpec | undefined][] = [
  ['startup', (container) => container.startupProbe],
  ['readiness', (container) => container.readinessProbe],
  ['liveness', (container) => container.livenessProbe],
]

/**
 * The probes of one pod's running containers. A result is of the container that runs now, never of an earlier attempt.
 * Readiness and liveness begin when the startup probe has succeeded.
 */
export class PodProbes {
  readonly #deps: PodProbesDeps
  readonly #runners = new Map<string, Runner>()

  constructor(deps: PodProbesDeps) {
    this.#deps = deps
  }

  /** Starts what is missing for a running container; another container id begins afresh. */
  follow(container: ContainerSpec, containerId: string, podIP: string, known: KnownHealth = {}): void {
    for (const [type, probeOf] of types) {
      const probe = probeOf(container)
      const running = this.#runners.get(`${container.name}/${type}`)
      if (!probe || running?.containerId === containerId) continue
      running?.stop()
      if (type !== 'startup' && container.startupProbe && this.result(container.name, 'startup') !== true) continue
      this.#start(container, type, probe, containerId, podIP, known)
    }
  }

  /** Undefined: there is no such probe running, or it has not decided yet. */
  result(container: string, type: ProbeType): boolean | undefined {
    return this.#runners.get(`${container}/${type}`)?.state.result
  }

  /** The probe for whose failure the container is to be restarted. */
  unhealthy(container: string, containerId: string): 'startup' | 'liveness' | undefined {
    return (['startup', 'liveness'] as const).find((type) => {
      const runner = this.#runners.get(`${container}/${type}`)
      return runner?.containerId === containerId && runner.state.result === false
    })
  }

  /** Stops one container's probes, or all, or all of some types; their results are forgotten. */
  stop(select: { container?: string; types?: readonly ProbeType[] } = {}): void {
    for (const [key, runner] of this.#runners) {
      const [container, type] = key.split('/')
      if (select.container !== undefined && container !== select.container) continue
      if (select.types && !select.types.some((wanted) => wanted === type)) continue
      runner.stop()
      this.#runners.delete(key)
    }
  }

  #start(
    container: ContainerSpec,
    type: ProbeType,
    probe: ProbeSpec,
    containerId: string,
    podIP: string,
    known: KnownHealth,
  ): void {
    const { clock, runtime, failed, changed } = this.#deps
    const thresholds = { success: probe.successThreshold ?? 1, failure: probe.failureThreshold ?? 3 }
    const state = new ProbeState(thresholds, type === 'liveness' ? undefined : known[type])
    let stopped = false
    let cancel = () => {}
    const run = async () => {
      const outcome = await runProbe(probe, { runtime, clock, container, containerId, podIP })
      if (stopped) return
      const decided = state.add(outcome.ok)
      if (!outcome.ok) failed(container, type, outcome)
      const over = decided && (type === 'startup' || (type === 'liveness' && !outcome.ok))
      if (!over) cancel = clock.setTimer((probe.periodSeconds ?? 10) * 1000, () => void run())
      if (decided && type === 'startup' && outcome.ok) this.follow(container, containerId, podIP)
      if (decided) changed()
    }
    const stop = () => {
      stopped = true
      cancel()
    }
    this.#runners.set(`${container.name}/${type}`, { containerId, state, stop })
    if (type === 'startup' && state.result) return
    const delay = (probe.initialDelaySeconds ?? 0) * 1000
    if (delay > 0) cancel = clock.setTimer(delay, () => void run())
    else void run()
  }
}
