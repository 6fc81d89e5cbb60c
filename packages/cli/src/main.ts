import { realClock, realRandom } from '@wherry/component-base'
import { newCLI } from './cli.ts'

const graceMs = 3000

/** The `wherry` command on the process's own streams; sets the exit code. */
export async function main(argv: string[]): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = () => {
    if (interrupted.signal.aborted) process.exit(130)
    interrupted.abort(new Error('interrupted'))
    // Commands that have something to tidy up get a moment for it.
    realClock.setTimer(graceMs, () => process.exit(130))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  // A reader that has seen enough, such as `head`, closes the pipe: that ends the command without a word.
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(141)
    throw error
  })
  let stdinUsed = false
  const cli = newCLI({
    stdout: process.stdout,
    stderr: process.stderr,
    get stdin() {
      stdinUsed = true
      return process.stdin
    },
    env: process.env,
    clock: realClock,
    cwd: process.cwd(),
    signal: interrupted.signal,
    random: realRandom,
  })
  try {
    process.exitCode = await cli.run(argv)
    if (interrupted.signal.aborted) process.exit()
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    // A terminal that waits for keys would keep the process alive.
    if (stdinUsed && 'unref' in process.stdin) process.stdin.unref()
  }
}
