import { UserError } from './errors.ts'
import { HelpRequested } from './flags.ts'
import { type Logger, newLogger } from './logger.ts'
import { forMany } from './signals.ts'

/** A part of the cluster: runs until its signal is aborted, then ends in order. */
export interface Component {
  run(signal: AbortSignal): Promise<void>
}

/**
 * The outermost frame of a component's process: SIGINT and SIGTERM abort the signal; a failure is printed and becomes
 * exit code 1. A second signal ends the process at once.
 */
export async function runMain(name: string, run: (signal: AbortSignal, log: Logger) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const stop = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    controller.abort(new Error(`received ${signal}`))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await run(forMany(controller.signal), newLogger().with({ component: name }))
  } catch (error) {
    if (error instanceof HelpRequested) return void process.stdout.write(`${error.message}\n`)
    if (controller.signal.aborted && error === controller.signal.reason) return
    process.stderr.write(`${name}: ${describe(error)}\n`)
    process.exitCode = 1
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

function describe(error: unknown): string {
  if (error instanceof UserError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
