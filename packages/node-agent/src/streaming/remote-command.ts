import type { Readable, Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Status } from '@wherry/api'
import { internalError } from '@wherry/apimachinery'

export interface TerminalSize {
  width: number
  height: number
}

/** The streams of one exec or attach, whatever protocol carries them. */
export interface CommandSession {
  stdin?: Readable
  stdout?: Writable
  stderr?: Writable
  onResize: (listener: (size: TerminalSize) => void) => void
  /** Aborted when the client is gone. */
  signal: AbortSignal
  /** Tells the outcome, after all output, and ends the session. */
  finish(status: Status): Promise<void>
}

/**
 * Runs a command on a session; `execute` resolves with the exit code. Its outcome is told as upstream's remotecommand
 * does: a Status, with a cause for an exit code other than 0.
 */
export async function serveCommand(
  session: CommandSession,
  execute: (session: CommandSession) => Promise<number>,
): Promise<void> {
  let status: Status
  try {
    status = exitStatus(await execute(session))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    status = internalError(new Error(`error executing command in container: ${message}`)).status
  }
  if (session.signal.aborted) return
  await Promise.all([endOf(session.stdout), endOf(session.stderr)])
  await session.finish(status)
}

function exitStatus(code: number): Status {
  if (code === 0) return { metadata: {}, status: 'Success' }
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  }
}

/** Before the outcome, all of the output. */
async function endOf(stream: Writable | undefined): Promise<void> {
  if (!stream || stream.destroyed) return
  stream.end()
  await finished(stream, { readable: false }).catch(() => undefined)
}
