import { type Command, type CommandGroup, lookUp } from './command.ts'
import type { Connection } from './access/connection.ts'
import { clusterCommandNames, commands, intro, sections } from './commands/table.ts'
import type { Context, GlobalFlags, Surroundings } from './context.ts'
import { completionFlag } from './completion/scripts.ts'
import { FlagError, HelpWanted, parseKnown, parseLine, positionals } from './flags/parse.ts'
import { globalFlags } from './flags/shared.ts'
import { commandHelp, groupHelp, namesIn, rootHelp } from './help.ts'
import { unknownCommand } from './suggest.ts'

/** The command line as a function: arguments in, exit code out. */
export interface CLI {
  /** Runs one command line; failures are printed, never thrown. */
  run(argv: readonly string[]): Promise<number>
}

/** Makes a command line that reads and writes only through what it is given. */
export function newCLI(surroundings: Surroundings, program = 'wherry'): CLI {
  return { run: (argv) => new Runner(surroundings, program).run(argv) }
}

class Runner {
  readonly #surroundings: Surroundings
  readonly #program: string
  #connection: Promise<Connection> | undefined

  constructor(surroundings: Surroundings, program: string) {
    this.#surroundings = surroundings
    this.#program = program
  }

  async run(argv: readonly string[]): Promise<number> {
    let path = this.#program
    const advance = (word: string) => {
      path = `${path} ${word}`
    }
    try {
      if (argv[0] === completionFlag) return await this.#complete(argv.slice(1))
      return await this.#dispatch([...argv], advance, () => path)
    } catch (error) {
      if (error instanceof FlagError) {
        this.#warn(`error: ${error.message}\nSee '${path} --help' for usage.\n`)
        return 1
      }
      if (this.#surroundings.signal.aborted) return 130
      const { failureOf } = await import('./error-text.ts')
      const { text, code } = failureOf(error, path)
      if (text !== '') this.#warn(text.endsWith('\n') ? text : `${text}\n`)
      return code
    } finally {
      const connection = await this.#connection?.catch(() => undefined)
      connection?.client.close()
    }
  }

  /** The words of a line, the program's name first: prints what the last of them may become. */
  async #complete(words: readonly string[]): Promise<number> {
    const { completionsFor } = await import('./completion/run.ts')
    const globalsOf = (before: readonly string[]) => {
      const { values, changed } = parseKnown(before)
      return this.#contextWith(this.#program, values, changed)
    }
    const found = await completionsFor(globalsOf, words, this.#program)
    this.#print(found.map((candidate) => `${candidate}\n`).join(''))
    return 0
  }

  async #dispatch(argv: string[], advance: (word: string) => void, path: () => string): Promise<number> {
    const [first] = positionals(globalFlags, argv)
    if (first === undefined) {
      // Only flags: a wrong one is worth its message.
      if (argv.length > 0) {
        try {
          parseLine(globalFlags, argv)
        } catch (error) {
          if (!(error instanceof HelpWanted)) throw error
        }
      }
      this.#print(rootHelp(this.#program, intro, sections))
      return 0
    }
    const word = argv[first] ?? ''
    if (word === 'help') return this.#dispatch([...argv.toSpliced(first, 1), '--help'], advance, path)
    const found = lookUp(commands, word)
    if (!found) {
      const others = Object.keys(clusterCommandNames)
      if (others.includes(word)) {
        return (await import('./other-commands.ts')).runOther(argv, this.#surroundings, this.#program)
      }
      this.#warn(noSuchCommand(word, this.#program, others))
      return 1
    }
    advance(found.name)
    return this.#enter(await found.entry.load(), argv.toSpliced(first, 1), advance, path)
  }

  /** Runs a command, or goes on into a group. */
  async #enter(
    loaded: Command | CommandGroup,
    argv: string[],
    advance: (word: string) => void,
    path: () => string,
  ): Promise<number> {
    if (loaded.kind === 'command') {
      try {
        return await loaded.invoke(this.#context(path()), argv, globalFlags)
      } catch (error) {
        if (!(error instanceof HelpWanted)) throw error
        this.#print(commandHelp(loaded, path()))
        return 0
      }
    }
    const flags = { ...globalFlags, ...loaded.own?.flags }
    const [first] = positionals(flags, argv)
    const word = first === undefined ? undefined : argv[first]
    const found = word === undefined ? undefined : lookUp(loaded.commands, word)
    if (first !== undefined && found) {
      advance(found.name)
      return this.#enter(await found.entry.load(), argv.toSpliced(first, 1), advance, path)
    }
    const wantsHelp = argv.includes('--help') || argv.includes('-h')
    if (loaded.own && !wantsHelp) return loaded.own.invoke(this.#context(path()), argv, globalFlags)
    if (word !== undefined && !wantsHelp) {
      this.#warn(`error: unknown command "${word}"\nSee '${path()} -h' for help and examples\n`)
      return 1
    }
    if (wantsHelp) {
      this.#print(groupHelp(loaded, path()))
      return 0
    }
    parseLine(flags, argv)
    // A group without a subcommand does nothing: its help is told as a failure.
    if (loaded.helpTo === 'stdout') this.#print(groupHelp(loaded, path()))
    else this.#warn(groupHelp(loaded, path()))
    return 1
  }

  #context(commandPath: string): Context {
    const defaults = parseLine(globalFlags, [])
    return this.#contextWith(commandPath, defaults.values, defaults.changed)
  }

  #contextWith(commandPath: string, globals: GlobalFlags, changed: ReadonlySet<string>): Context {
    const { stdout, stderr, env, clock, cwd, signal, random } = this.#surroundings
    const surroundings = this.#surroundings
    const context: Context = {
      stdout,
      stderr,
      // Asked for only by who reads: making the stream costs time.
      get stdin() {
        return surroundings.stdin
      },
      env,
      clock,
      cwd,
      signal,
      random,
      program: this.#program,
      commandPath,
      globals,
      globalChanged: (flag) => changed.has(flag),
      print: (text) => this.#print(text),
      warn: (text) => this.#warn(text),
      connect: () => {
        this.#connection ??= import('./access/connect.ts').then(({ connect }) => connect(context))
        return this.#connection
      },
      withGlobals: (next, nextChanged) => this.#contextWith(commandPath, next, nextChanged),
      withPath: (next) => this.#contextWith(next, globals, changed),
    }
    return context
  }

  #print(text: string): void {
    this.#surroundings.stdout.write(text)
  }

  #warn(text: string): void {
    this.#surroundings.stderr.write(text)
  }
}

/** The message for a first word that is no command. */
function noSuchCommand(word: string, program: string, others: readonly string[]): string {
  return `error: ${unknownCommand(word, program, [...namesIn(commands), ...others])}\n`
}
