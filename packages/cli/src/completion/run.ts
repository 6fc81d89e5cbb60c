import yargs from 'yargs'
import type { Context } from '../context.ts'
import { candidates } from './candidates.ts'

/** Asks yargs for what the last word of a line may become; its callback knows this program's commands, and the server. */
export async function completionsFor(
  contextFor: (argv: readonly string[]) => Context,
  words: readonly string[],
  program: string,
): Promise<string[]> {
  const own = words.slice(1)
  const parser = yargs()
    .scriptName(program)
    .help(false)
    .version(false)
    .completion('completion', false, () => candidates(contextFor, own))
  return new Promise((resolve, reject) => {
    parser.getCompletion([...words], (error, found) => (error ? reject(error) : resolve([...found])))
  })
}
