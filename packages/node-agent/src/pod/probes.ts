import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import type { Container, HTTPGetAction, Pod, Probe } from '@wherry/api'
import type { Clock } from '@wherry/component-base'
import type { ContainerRuntime } from '../runtime/cri.ts'

export type ProbeType = 'startup' | 'readiness' | 'liveness'

export interface ProbeOutcome {
  ok: boolean
  output: string
}

export interface ProbeTarget {
  runtime: ContainerRuntime
  container: Container
  containerId: string
  podIP: string
}

/** A port by number or by the container's name for it. */
export function resolvePort(port: number | string, container: Container): number {
  if (typeof port === 'number') return port
  const named = container.ports?.find(({ name }) => name === port)
  return named?.containerPort ?? Number(port)
}

/** One try, in the words of the kubelet's prober. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  if (probe.exec) {
    try {
      const result = await target.runtime.execSync(target.containerId, probe.exec.command ?? [], timeoutMs)
      return { ok: result.exitCode === 0, output: `${result.stdout}${result.stderr}`.slice(0, 10_240) }
    } catch (error) {
      return { ok: false, output: error instanceof Error ? error.message : String(error) }
    }
  }
  if (probe.httpGet) return httpProbe(probe.httpGet, target, timeoutMs)
  if (probe.tcpSocket) {
    const host = probe.tcpSocket.host || target.podIP
    return tcpProbe(host, resolvePort(probe.tcpSocket.port, target.container), timeoutMs)
  }
  if (probe.grpc)
    return { ok: false, output: 'gRPC probes are not supported by this node; use exec, httpGet or tcpSocket' }
  return { ok: false, output: 'missing probe handler' }
}

/** Also used for `httpGet` hooks; success is a status from 200 to 399. */
export function httpProbe(action: HTTPGetAction, target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  const scheme = (action.scheme ?? 'HTTP').toLowerCase()
  const host = action.host || target.podIP
  const port = resolvePort(action.port, target.container)
  const path = action.path?.startsWith('/') ? action.path : `/${action.path ?? ''}`
  const url = `${scheme}://${host}:${port}${path}`
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' }
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = value
  return new Promise((resolve) => {
    const make = scheme === 'https' ? httpsRequest : httpRequest
    const request = make(
      url,
      {
        headers,
        agent: false,
        ...(scheme === 'https' ? { rejectUnauthorized: false } : {}),
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const code = response.statusCode ?? 0
        response.resume()
        response.once('close', () =>
          resolve({ ok: code >= 200 && code < 400, output: `HTTP probe failed with statuscode: ${code}` }),
        )
        response.once('error', () => undefined)
      },
    )
    request.once('error', (error) =>
      resolve({ ok: false, output: `Get "${url}": ${requestFailure(error, host, port)}` }),
    )
    request.end()
  })
}

function requestFailure(error: Error, host: string, port: number): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError') {
    return 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
  }
  return dialFailure(error, host, port)
}

function dialFailure(error: Error, host: string, port: number): string {
  const refused = 'code' in error && error.code === 'ECONNREFUSED'
  return `dial tcp ${host}:${port}: connect: ${refused ? 'connection refused' : error.message}`
}

function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const finish = (outcome: ProbeOutcome) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.once('connect', () => finish({ ok: true, output: '' }))
    socket.once('timeout', () => finish({ ok: false, output: `dial tcp ${host}:${port}: i/o timeout` }))
    socket.once('error', (error) => finish({ ok: false, output: dialFailure(error, host, port) }))
  })
}

export interface ProberDeps {
  clock: Clock
  runtime: ContainerRuntime
  /** Called when a result changes what the pod worker would do. */
  onResult: (pod: Pod, container: Container, type: ProbeType, outcome: ProbeOutcome, decided: boolean) => void
}

interface Runner {
  containerId: string
  result: boolean | undefined
  stop: () => void
}

/** The probes of one pod's running containers; results are of the container that now runs, never of an earlier one. */
export class PodProbes {
  readonly #deps: ProberDeps
  readonly #runners = new Map<string, Runner>()

  constructor(deps: ProberDeps) {
    this.#deps = deps
  }

  /** Starts what is missing; a changed container id begins afresh. */
  follow(pod: Pod, container: Container, containerId: string, podIP: string): void {
    const probes: [ProbeType, Probe | undefined][] = [
      ['startup', container.startupProbe],
      ['readiness', container.readinessProbe],
      ['liveness', container.livenessProbe],
    ]
    for (const [type, probe] of probes) {
      if (!probe) continue
      const key = `${container.name}/${type}`
      const running = this.#runners.get(key)
      if (running?.containerId === containerId) continue
      running?.stop()
      this.#start(key, pod, container, containerId, podIP, type, probe)
    }
  }

  result(container: string, type: ProbeType): boolean | undefined {
    return this.#runners.get(`${container}/${type}`)?.result
  }

  stop(container?: string): void {
    for (const [key, runner] of this.#runners) {
      if (container !== undefined && !key.startsWith(`${container}/`)) continue
      runner.stop()
      this.#runners.delete(key)
    }
  }

  /** Once a pod is being ended only readiness is still asked. */
  stopLiveness(): void {
    for (const [key, runner] of this.#runners) {
      if (key.endsWith('/readiness')) continue
      runner.stop()
      this.#runners.delete(key)
    }
  }

  #start(
    key: string,
    pod: Pod,
    container: Container,
    containerId: string,
    podIP: string,
    type: ProbeType,
    probe: Probe,
  ): void {
    const { clock, runtime, onResult } = this.#deps
    let stopped = false
    let cancel = () => {}
    const runner: Runner = {
      containerId,
      result: undefined,
      stop() {
        stopped = true
        cancel()
      },
    }
    this.#runners.set(key, runner)
    let last: boolean | undefined
    let streak = 0
    const again = () => {
      if (!stopped) cancel = clock.setTimer((probe.periodSeconds ?? 10) * 1000, () => void run())
    }
    const run = async () => {
      if (type !== 'startup' && container.startupProbe && this.result(container.name, 'startup') !== true) {
        cancel = clock.setTimer(250, () => void run())
        return
      }
      const outcome = await runProbe(probe, { runtime, container, containerId, podIP })
      if (stopped) return
      streak = outcome.ok === last ? streak + 1 : 1
      last = outcome.ok
      const threshold = outcome.ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
      const decided = streak >= threshold
      if (decided && runner.result !== outcome.ok) {
        runner.result = outcome.ok
        onResult(pod, container, type, outcome, true)
      } else if (!outcome.ok) onResult(pod, container, type, outcome, false)
      if (type === 'startup' && runner.result === true) return
      again()
    }
    const delay = (probe.initialDelaySeconds ?? 0) * 1000
    if (delay > 0) cancel = clock.setTimer(delay, () => void run())
    else void run()
  }
}
