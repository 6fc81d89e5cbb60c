import { type Command, type CommandGroup, lookUp } from '../command.ts'
import { clusterCommandNames, commands } from '../commands/table.ts'
import type { Context } from '../context.ts'
import type { FlagSet } from '../flags/flags.ts'
import { positionals } from '../flags/parse.ts'
import { globalFlags } from '../flags/shared.ts'

/** Values of flags that the server or the kubeconfig knows. */
const flagValues: Readonly<Record<string, (context: Context) => Promise<string[]>>> = {
  namespace: async (context) => {
    const connection = await context.connect()
    const namespaces = await connection.rest.list((await connection.mapper()).resolve('namespaces'), '')
    return namespaces.map(({ metadata }) => metadata.name ?? '')
  },
  context: async (context) => kubeconfigNames(context, 'contexts'),
  cluster: async (context) => kubeconfigNames(context, 'clusters'),
  user: async (context) => kubeconfigNames(context, 'users'),
  'dry-run': async () => ['client', 'none', 'server'],
  cascade: async () => ['background', 'foreground', 'orphan'],
}

async function kubeconfigNames(context: Context, section: 'contexts' | 'clusters' | 'users'): Promise<string[]> {
  const { openKubeconfig } = await import('../kubeconfig/files.ts')
  return (await openKubeconfig(context)).names(section)
}

/**
 * What could stand in place of the last of the words: commands, flags and their values, kinds and names. The words are those of
 * the line without the program. Whatever goes wrong makes no candidates: a shell is no place for an error.
 */
export async function candidates(
  contextFor: (argv: readonly string[]) => Context,
  words: readonly string[],
): Promise<string[]> {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const found = await completeLine(contextFor(before), before, typed).catch(() => [])
  return found.filter((candidate) => candidate.startsWith(typed)).sort()
}

async function completeLine(context: Context, before: readonly string[], typed: string): Promise<string[]> {
  const { loaded, rest } = await walk(before)
  if (loaded === undefined) return [...Object.keys(commands), ...Object.keys(clusterCommandNames)]
  const own = loaded.kind === 'command' ? loaded.flags : (loaded.own?.flags ?? {})
  const flags: FlagSet = { ...globalFlags, ...own }
  const last = before.at(-1) ?? ''
  const named = flagNamed(flags, last)
  if (named && flags[named]?.type !== 'boolean' && flags[named]?.optional === undefined) return valuesOf(context, named)
  const equals = typed.startsWith('--') ? typed.indexOf('=') : -1
  if (equals !== -1) {
    const head = typed.slice(0, equals + 1)
    return (await valuesOf(context, typed.slice(2, equals))).map((value) => head + value)
  }
  if (typed.startsWith('-')) {
    return Object.entries(flags)
      .filter(([, { hidden }]) => !hidden)
      .map(([name, { type, optional }]) => (type === 'boolean' || optional !== undefined ? `--${name}` : `--${name}=`))
  }
  if (loaded.kind === 'group') return Object.keys(loaded.commands)
  const args = positionals(flags, rest).map((at) => rest[at] ?? '')
  return loaded.complete ? loaded.complete(context, args, typed) : []
}

async function valuesOf(context: Context, flag: string): Promise<string[]> {
  return (await flagValues[flag]?.(context)) ?? []
}

function flagNamed(flags: FlagSet, word: string): string | undefined {
  if (word.startsWith('--')) return word.includes('=') ? undefined : word.slice(2)
  if (!/^-[A-Za-z]$/.test(word)) return undefined
  return Object.entries(flags).find(([, { short }]) => short === word[1])?.[0]
}

/** The command that the words lead to, and the words after its name. */
async function walk(
  words: readonly string[],
): Promise<{ loaded: Command | CommandGroup | undefined; rest: readonly string[] }> {
  let loaded: Command | CommandGroup | undefined
  let table = commands
  let rest = words
  for (;;) {
    const [first] = positionals(globalFlags, rest)
    const found = first === undefined ? undefined : lookUp(table, rest[first] ?? '')
    if (first === undefined || !found) return { loaded, rest }
    loaded = await found.entry.load()
    rest = rest.toSpliced(first, 1)
    if (loaded.kind === 'command') return { loaded, rest }
    table = loaded.commands
  }
}
