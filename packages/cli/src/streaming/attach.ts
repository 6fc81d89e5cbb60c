import { type Container, Pod } from '@wherry/api'
import { objectPath } from '@wherry/client'
import type { Connection } from '../access/connection.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { type RemoteEnd, runRemote } from './remote-command.ts'
import { checkTerminal, onTerminalSize, parseDetachKeys, withRawTerminal } from './terminal.ts'

export interface AttachRequest {
  connection: Connection
  pod: Pod
  container: Container
  stdin: boolean
  tty: boolean
  quiet: boolean
  detachKeys: string
}

/** Attaches to a container until it ends or the user leaves it. */
export async function attachTo(context: Context, request: AttachRequest): Promise<RemoteEnd> {
  const { connection, pod, container, stdin, quiet } = request
  const tty = stdin && request.tty && hasTerminal(context, container, quiet) && checkTerminal(context, true, quiet)
  const { namespace = '', name = '' } = pod.metadata
  if (!quiet) {
    context.warn(
      'All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.\n',
    )
    context.warn("If you don't see a command prompt, try pressing enter.\n")
  }
  const end = await withRawTerminal(tty ? context.stdin : undefined, () =>
    runRemote({
      client: connection.client,
      path: objectPath(Pod, { namespace, name }, 'attach'),
      query: { container: container.name, stdin, stdout: true, stderr: !tty, tty },
      signal: context.signal,
      ...(stdin && { stdin: context.stdin }),
      stdout: context.stdout,
      ...(!tty && { stderr: context.stderr }),
      ...(tty && { onSize: (tell) => onTerminalSize(context, tell), detachKeys: parseDetachKeys(request.detachKeys) }),
    }),
  )
  if (stdin && tty && !quiet && pod.spec?.restartPolicy === 'Always') {
    const again = `${context.program} attach ${name} -c ${container.name} -i -t`
    context.warn(`Session ended, resume using '${again}' command when the pod is running\n`)
  }
  return end
}

function hasTerminal(context: Context, container: Container, quiet: boolean): boolean {
  if (container.tty) return true
  if (!quiet) {
    context.warn(`error: Unable to use a TTY - container ${container.name} did not allocate one\n`)
  }
  return false
}

/** Refuses a pod that has ended. */
export function refuseCompleted({ status }: Pod): void {
  const phase = status?.phase
  if (phase === 'Succeeded' || phase === 'Failed') {
    throw new CommandError(`cannot attach a container in a completed pod; current phase is ${phase}`)
  }
}
