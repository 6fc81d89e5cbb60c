import type { LifecycleHandler } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Clock, sleep } from '@wherry/component-base'
import { probeHTTP } from '../probes/http.ts'
import { resolvePort } from '../probes/probe.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import type { ContainerSpec } from './pod-object.ts'

export interface HookContext {
  runtime: Pick<ContainerRuntime, 'execSync'>
  clock: Clock
  container: ContainerSpec
  containerId: string
  podIP: string
  /** 0: as long as it takes. */
  timeoutMs: number
  /** Aborted: the hook no longer matters. */
  signal: AbortSignal
}

/** Runs a postStart or preStop handler; resolves with what went wrong, or undefined. Never rejects. */
export async function runHook(
  handler: DeepReadonly<LifecycleHandler>,
  context: HookContext,
): Promise<string | undefined> {
  let forget = () => {}
  const abandoned = new Promise<string>((resolve) => {
    const onAbort = () => resolve('the hook was abandoned')
    if (context.signal.aborted) onAbort()
    context.signal.addEventListener('abort', onAbort, { once: true })
    forget = () => context.signal.removeEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([run(handler, context), abandoned])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    forget()
  }
}

async function run(handler: DeepReadonly<LifecycleHandler>, context: HookContext): Promise<string | undefined> {
  const { runtime, clock, container, containerId, podIP, timeoutMs, signal } = context
  if (handler.exec) {
    const command = [...(handler.exec.command ?? [])]
    const result = await runtime.execSync(containerId, command, timeoutMs)
    if (result.exitCode === 0) return undefined
    return `command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}`
  }
  if (handler.httpGet) {
    const { httpGet } = handler
    const target = { ...httpGet, host: httpGet.host || podIP, port: resolvePort(httpGet.port, container) }
    const outcome = await probeHTTP(target, clock, timeoutMs || 30_000)
    return outcome.ok ? undefined : outcome.output
  }
  if (handler.sleep) {
    const ms = handler.sleep.seconds * 1000
    await sleep(clock, timeoutMs > 0 ? Math.min(ms, timeoutMs) : ms, signal)
    return undefined
  }
  return 'invalid handler: no action'
}
