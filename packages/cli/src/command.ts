import type { Context } from './context.ts'
import { CommandError } from './errors.ts'
import type { FlagSet, FlagValues } from './flags/flags.ts'
import { type ParsedLine, parseLine } from './flags/parse.ts'
import type { globalFlags } from './flags/shared.ts'

/** What a command is given of its line. */
export interface Invocation<S extends FlagSet> {
  /** Positional arguments; those after `--` included. */
  args: string[]
  /** How many of them stood before `--`; -1 where there was none. */
  dash: number
  flags: FlagValues<S>
  /** Whether the user gave the flag. */
  changed(flag: keyof S & string): boolean
}

export interface Help {
  /** What follows the program's name in the usage line. */
  use: string
  /** One line. */
  short: string
  /** Paragraphs; the short text where absent. */
  long?: string
  /** Comment and command lines; `$` at the start of a line stands for the program's name. */
  examples?: string
}

/** A verb: what it does, its flags, and its work. */
export interface Command extends Help {
  kind: 'command'
  flags: FlagSet
  /** Candidates for the word that is being completed. */
  complete?: Completer
  /** Parses the rest of the line and runs; resolves to the exit code. */
  invoke(context: Context, argv: readonly string[], globals: typeof globalFlags): Promise<number>
}

/** A verb that only leads to others, or also does something of its own. */
export interface CommandGroup extends Help {
  kind: 'group'
  commands: CommandTable
  /** Where the help of a group goes that was called without a subcommand; standard error unless told. */
  helpTo?: 'stdout' | 'stderr'
  /** The group's own work, without a subcommand. */
  own?: Command
}

export type Completer = (context: Context, args: readonly string[], word: string) => Promise<string[]>

/** Names to commands, each loaded when it is used. */
export type CommandTable = Readonly<Record<string, CommandEntry>>

export interface CommandEntry {
  short: string
  aliases?: readonly string[]
  load: () => Promise<Command | CommandGroup>
}

export interface CommandSpec<S extends FlagSet> extends Help {
  flags: S
  complete?: Completer
  /** Resolves to an exit code; nothing means 0. */
  run(context: Context, invocation: Invocation<S>): Promise<number | undefined> | Promise<void>
}

/** Declares a verb. */
export function defineCommand<const S extends FlagSet>(spec: CommandSpec<S>): Command {
  const { run, ...rest } = spec
  return {
    ...rest,
    kind: 'command',
    async invoke(context, argv, globals) {
      const own: S = spec.flags
      const line: ParsedLine<typeof globals & S> = parseLine({ ...globals, ...own }, argv)
      refuseMissing(own, line.changed)
      const inner = context.withGlobals(line.values, line.changed)
      const invocation = {
        args: line.args,
        dash: line.dash,
        flags: line.values,
        changed: (flag: string) => line.changed.has(flag),
      }
      return (await run(inner, invocation)) ?? 0
    },
  }
}

function refuseMissing(flags: FlagSet, changed: ReadonlySet<string>): void {
  const missing = Object.entries(flags).filter(([name, { required }]) => required && !changed.has(name))
  if (missing.length === 0) return
  throw new CommandError(`required flag(s) ${missing.map(([name]) => `"${name}"`).join(', ')} not set`)
}

/** Declares a verb of verbs. */
export function defineGroup(spec: Omit<CommandGroup, 'kind'>): CommandGroup {
  return { ...spec, kind: 'group' }
}

/** The entry that a word names, by its name or an alias. */
export function lookUp(table: CommandTable, word: string): { name: string; entry: CommandTable[string] } | undefined {
  const entry = Object.hasOwn(table, word) ? table[word] : undefined
  if (entry) return { name: word, entry }
  for (const [name, candidate] of Object.entries(table)) {
    if (candidate.aliases?.includes(word)) return { name, entry: candidate }
  }
  return undefined
}
