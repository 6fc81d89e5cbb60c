import type { Probe } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { ContainerSpec } from '../pod/pod-object.ts'
import { type ContainerRuntime, ExecTimeoutError } from '../runtime/cri.ts'
import { probeGRPC } from './grpc.ts'
import { probeHTTP } from './http.ts'
import { probeTCP } from './tcp.ts'

export type ProbeType = 'startup' | 'readiness' | 'liveness'
export type ProbeSpec = DeepReadonly<Probe>

export interface ProbeOutcome {
  ok: boolean
  /** In the words of the kubelet's prober. */
  output: string
}

export interface ProbeTarget {
  runtime: Pick<ContainerRuntime, 'execSync'>
  clock: Clock
  container: ContainerSpec
  containerId: string
  podIP: string
}

/** The kubelet's limit for what a probe says. */
const outputLimit = 10 * 1024

/** A port by number or by the container's name for it. */
export function resolvePort(port: number | string, container: ContainerSpec): number {
  const named = container.ports?.find(({ name }) => name === port)
  return named?.containerPort ?? Number(port)
}

/** One try. Never rejects. */
export async function runProbe(probe: ProbeSpec, target: ProbeTarget): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const { clock, container, podIP } = target
  if (probe.exec) return probeExec(probe.exec.command ?? [], target, timeoutMs)
  if (probe.httpGet) {
    const port = resolvePort(probe.httpGet.port, container)
    return probeHTTP({ ...probe.httpGet, port, host: probe.httpGet.host || podIP }, clock, timeoutMs)
  }
  if (probe.tcpSocket) {
    const port = resolvePort(probe.tcpSocket.port, container)
    return probeTCP(probe.tcpSocket.host || podIP, port, clock, timeoutMs)
  }
  if (probe.grpc)
    return probeGRPC({ host: podIP, port: probe.grpc.port, service: probe.grpc.service ?? '' }, clock, timeoutMs)
  return { ok: false, output: 'missing probe handler' }
}

async function probeExec(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeOutcome> {
  try {
    const result = await target.runtime.execSync(target.containerId, [...command], timeoutMs)
    const output = Buffer.concat([result.stdout, result.stderr]).subarray(0, outputLimit).toString()
    return { ok: result.exitCode === 0, output }
  } catch (error) {
    if (error instanceof ExecTimeoutError)
      return { ok: false, output: `command timed out: ${error.message.slice('command '.length)}` }
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  }
}
