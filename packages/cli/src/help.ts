import type { Command, CommandGroup, CommandTable } from './command.ts'
import type { Flag, FlagSet } from './flags/flags.ts'
import { globalFlags } from './flags/shared.ts'

/** Titles over the commands of the program's own help, in order. */
export interface CommandSection {
  title: string
  commands: Readonly<Record<string, { short: string }>>
}

/** The help of a verb. `path` is the program and the verb's words. */
export function commandHelp(command: Command, path: string): string {
  const [program = ''] = path.split(' ')
  const parts = [
    command.long ?? command.short,
    ...examples(command.examples, program),
    ...(Object.keys(command.flags).length > 0 ? [`Options:\n${flagLines(command.flags)}`] : []),
    `Usage:\n  ${program} ${command.use}${command.use.endsWith('[options]') ? '' : ' [options]'}`,
    pointer(program),
  ]
  return `${parts.join('\n\n')}\n`
}

/** The help of a verb of verbs. */
export function groupHelp(group: CommandGroup, path: string): string {
  const [program = ''] = path.split(' ')
  const flags = group.own ? flagLines(group.own.flags) : ''
  const parts = [
    group.long ?? group.short,
    ...examples(group.examples, program),
    `Available Commands:\n${commandLines(group.commands)}`,
    ...(flags === '' ? [] : [`Options:\n${flags}`]),
    `Usage:\n  ${program} ${group.use} [options]`,
    `Use "${path} <command> --help" for more information about a given command.\n${pointer(program)}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** The program's own help. */
export function rootHelp(program: string, intro: string, sections: readonly CommandSection[]): string {
  const width = Math.max(...sections.flatMap(({ commands }) => Object.keys(commands)).map(({ length }) => length)) + 2
  const lists = sections.map(({ title, commands }) => `${title}\n${commandLines(commands, width)}`)
  const parts = [
    intro,
    ...lists,
    `Usage:\n  ${program} [flags] [options]`,
    `Use "${program} <command> --help" for more information about a given command.\n${pointer(program)}`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** What `options` prints. */
export function optionsHelp(program: string): string {
  return `The following options can be passed to any command:\n\n${flagLines(globalFlags)}\n\nSee '${program} <command> --help' for those of a command.\n`
}

function pointer(program: string): string {
  return `Use "${program} options" for a list of global command-line options (applies to all commands).`
}

function examples(text: string | undefined, program: string): string[] {
  if (text === undefined) return []
  const lines = text.split('\n').map((line) => (line === '' ? '' : `  ${line.replace(/^\$ /, `${program} `)}`))
  return [`Examples:\n${lines.join('\n')}`]
}

function commandLines(commands: Readonly<Record<string, { short: string }>>, width?: number): string {
  const names = Object.keys(commands)
  const column = width ?? Math.max(11, ...names.map(({ length }) => length)) + 3
  return names.map((name) => `  ${name.padEnd(column)}${commands[name]?.short ?? ''}`).join('\n')
}

function flagLines(flags: FlagSet): string {
  const shown = Object.entries<Flag>(flags).filter(([, { hidden }]) => !hidden)
  shown.sort(([a], [b]) => (a < b ? -1 : 1))
  return shown
    .map(([name, flag]) => {
      const letter = flag.short ? `-${flag.short}, ` : ''
      return `    ${letter}--${name}=${defaultText(flag)}:\n\t${flag.describe}`
    })
    .join('\n\n')
}

function defaultText({ type, default: given }: Flag): string {
  switch (type) {
    case 'string':
      return `'${given ?? ''}'`
    case 'strings':
    case 'array':
      return `[${given ?? ''}]`
    case 'boolean':
      return given ?? 'false'
    case 'duration':
      return given ?? '0s'
    case 'int':
      return given ?? '0'
  }
}

/** The commands that a table lists, with their aliases. */
export function namesIn(table: CommandTable): string[] {
  return Object.entries(table).flatMap(([name, { aliases = [] }]) => [name, ...aliases])
}
