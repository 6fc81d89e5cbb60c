import type { ServerResponse } from 'node:http'
import type { PodObject } from '../pod/pod-object.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { runningContainer } from './container-logs.ts'
import { requireContainer } from './pod-container.ts'

/** POST /run: runs a command and answers with what it printed, whatever its exit code is. */
export async function runCommand(
  pod: PodObject,
  container: string,
  query: URLSearchParams,
  response: ServerResponse,
  runtime: ContainerRuntime,
): Promise<void> {
  requireContainer(pod, container)
  const { id } = await runningContainer(pod, container, runtime)
  const command = (query.get('cmd') ?? '').split(' ').filter((word) => word !== '')
  const { stdout, stderr } = await runtime.execSync(id, command, 0)
  response.end(Buffer.concat([stdout, stderr]))
}
