import type { Container, LifecycleHandler } from '@wherry/api'
import { type Clock, sleep } from '@wherry/component-base'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { httpProbe } from './probes.ts'

export interface HookContext {
  runtime: ContainerRuntime
  clock: Clock
  container: Container
  containerId: string
  podIP: string
}

/** Runs a postStart or preStop handler; resolves with what went wrong, or undefined. */
export async function runHook(
  handler: LifecycleHandler,
  context: HookContext,
  timeoutMs = 0,
): Promise<string | undefined> {
  const { runtime, clock, container, containerId, podIP } = context
  try {
    if (handler.exec) {
      const command = handler.exec.command ?? []
      const result = await runtime.execSync(containerId, command, timeoutMs)
      if (result.exitCode === 0) return undefined
      return `command '${command.join(' ')}' exited with ${result.exitCode}: ${result.stderr}`
    }
    if (handler.httpGet) {
      const outcome = await httpProbe(handler.httpGet, { runtime, container, containerId, podIP }, timeoutMs || 30_000)
      return outcome.ok ? undefined : outcome.output
    }
    if (handler.sleep) {
      const ms = Number(handler.sleep.seconds) * 1000
      await sleep(clock, timeoutMs > 0 ? Math.min(ms, timeoutMs) : ms)
      return undefined
    }
    return 'invalid handler: no action'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
