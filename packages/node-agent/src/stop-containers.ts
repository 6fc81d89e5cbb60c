import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Clock, silentLogger } from '@wherry/component-base'
import { newHostRuntime } from './runtime/host/host-runtime.ts'

export interface StopContainersOptions {
  clock: Clock
  /** Between SIGTERM and SIGKILL. */
  graceSeconds: number
}

/** Where an agent's host runtime keeps its containers. */
export function runtimeDirectory(rootDir: string): string {
  return join(rootDir, 'runtime')
}

/**
 * Stops every container that the agent with this root directory has left running; for when no agent runs on it. Their
 * records and logs stay, and the next agent starts the pods' containers again as their restart policies say.
 */
export async function stopContainers(rootDir: string, { clock, graceSeconds }: StopContainersOptions): Promise<void> {
  if (!existsSync(runtimeDirectory(rootDir))) return
  const config = { rootDir: runtimeDirectory(rootDir), podCIDR: '127.0.0.0/8', nodeIP: '127.0.0.1', imageDir: '' }
  const runtime = newHostRuntime({ clock, logger: silentLogger, config })
  await runtime.start()
  try {
    const containers = await runtime.listContainers()
    await Promise.all(containers.map(({ id }) => runtime.stopContainer(id, graceSeconds)))
  } finally {
    await runtime.close()
  }
}
