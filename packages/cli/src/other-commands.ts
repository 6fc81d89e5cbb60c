import yargs from 'yargs'
import { clusterCommands } from './cluster-commands/index.ts'
import type { Surroundings } from './context.ts'

/** Runs a command for local clusters, whose command line is yargs'. Resolves to the exit code. */
export async function runOther(argv: readonly string[], surroundings: Surroundings, program: string): Promise<number> {
  const { stdout, stderr, env, clock, signal } = surroundings
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
  for (const command of clusterCommands({ stdout, stderr, env: { ...env }, clock, signal })) parser.command(command)
  const before = process.exitCode
  process.exitCode = undefined
  try {
    await parser.parseAsync()
    return Number(process.exitCode ?? 0)
  } finally {
    process.exitCode = before
  }
}
