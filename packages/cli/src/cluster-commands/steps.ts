import type { Step } from '@wherry/cluster'
import { type CommandIO, formatMs } from './io.ts'

/**
 * Shows each step of long work on standard error, with how long it took: a line that is rewritten in a terminal, one
 * line at its end elsewhere.
 */
export function newSteps(io: CommandIO): Step {
  const terminal = io.stderr.isTTY === true
  return async (title, work) => {
    const start = io.clock.now()
    const end = (mark: string) => io.stderr.write(`${terminal ? '\r' : ''}  ${mark} ${title}`)
    if (terminal) io.stderr.write(`  … ${title}`)
    try {
      const result = await work()
      end('✓')
      io.stderr.write(` (${formatMs(io.clock.now() - start)})\n`)
      return result
    } catch (error) {
      end('✗')
      io.stderr.write('\n')
      throw error
    }
  }
}
