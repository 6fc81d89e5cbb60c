import yargs from 'yargs'
import { noSuchCommand } from './cli.ts'
import { clusterCommands } from './cluster-commands/index.ts'
import { clusterCommandNames } from './commands/table.ts'
import type { Surroundings } from './context.ts'

/**
 * Runs what is no kubectl verb: the commands for local clusters, whose command line is yargs'. Resolves to the exit code. A word that no
 * command has is answered with the names that are near it.
 */
export async function runOther(
  argv: readonly string[],
  word: string,
  surroundings: Surroundings,
  program: string,
): Promise<number> {
  const { stdout, stderr, env, clock } = surroundings
  const names = Object.keys(clusterCommandNames)
  if (!names.includes(word)) {
    stderr.write(noSuchCommand(word, program, names))
    return 1
  }
  const parser = yargs([...argv])
    .scriptName(program)
    .version(false)
    .help('help')
    .alias('help', 'h')
    .exitProcess(false)
    .strict()
    .wrap(null)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
  for (const command of clusterCommands({ stdout, stderr, env: { ...env }, clock })) parser.command(command)
  const before = process.exitCode
  process.exitCode = undefined
  try {
    await parser.parseAsync()
    return Number(process.exitCode ?? 0)
  } finally {
    process.exitCode = before
  }
}
