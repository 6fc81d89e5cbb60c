import { type Command, defineCommand } from '../../command.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { openKubeconfig, saveKubeconfig, type Section } from '../../kubeconfig/files.ts'
import { dig, text } from '../../objects/json.ts'
import { TabWriter } from '../../printers/tab-writer.ts'
import type { Context } from '../../context.ts'

const completeContexts = async (context: Context) => (await openKubeconfig(context)).names('contexts')

export const currentContextCommand = defineCommand({
  use: 'config current-context [flags]',
  short: 'Display the current-context',
  examples: '# The current context\n$ config current-context',
  flags: {},
  async run(context) {
    const { currentContext } = await openKubeconfig(context)
    const name = context.globals.context || currentContext
    if (name === '') throw new CommandError('current-context is not set')
    context.print(`${name}\n`)
  },
})

export const getContextsCommand = defineCommand({
  use: 'config get-contexts [(-o|--output=)name)]',
  short: 'Describe one or many contexts',
  examples: '# All contexts\n$ config get-contexts\n\n# One\n$ config get-contexts wherry',
  complete: completeContexts,
  flags: {
    'no-headers': { type: 'boolean', describe: 'Leave the headers out.' },
    output: { type: 'string', short: 'o', describe: 'Output format: name.' },
  },
  async run(context, { args, flags }) {
    if (!['', 'name'].includes(flags.output))
      throw new CommandError(`output must be one of '' or 'name': ${flags.output}`)
    const editor = await openKubeconfig(context)
    const names = args.length > 0 ? args : editor.names('contexts')
    const writer = new TabWriter((line) => context.print(line))
    if (flags.output === '' && !flags['no-headers']) writer.row(['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE'])
    const missing: string[] = []
    for (const name of names) {
      const found = editor.find('contexts', name)
      if (!found) {
        missing.push(name)
        continue
      }
      if (flags.output === 'name') {
        context.print(`${name}\n`)
        continue
      }
      const inner = dig(found.entry, 'context')
      const mark = name === editor.currentContext ? '*' : ''
      writer.row([mark, name, text(dig(inner, 'cluster')), text(dig(inner, 'user')), text(dig(inner, 'namespace'))])
    }
    writer.flush()
    if (missing.length > 0) throw new CommandError(missing.map((name) => `context ${name} not found`).join('\n'))
  },
})

function namesCommand(section: Section, what: string): Command {
  return defineCommand({
    use: `config get-${section} [flags]`,
    short: `Display ${section} defined in the kubeconfig`,
    examples: `# All ${section}\n$ config get-${section}`,
    flags: {},
    async run(context) {
      const names = (await openKubeconfig(context)).names(section)
      context.print(
        names.length === 0 && what === 'user'
          ? 'No users found.\n'
          : `NAME\n${names.map((name) => `${name}\n`).join('')}`,
      )
    },
  })
}

export const getClustersCommand = namesCommand('clusters', 'cluster')
export const getUsersCommand = namesCommand('users', 'user')

export const useContextCommand = defineCommand({
  use: 'config use-context CONTEXT_NAME',
  short: 'Set the current-context in a kubeconfig file',
  examples: '# Work with another cluster\n$ config use-context wherry',
  complete: completeContexts,
  flags: {},
  async run(context, { args }) {
    const [name] = args
    if (name === undefined || args.length !== 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    const editor = await openKubeconfig(context)
    if (!editor.find('contexts', name))
      throw new CommandError(`no context exists with the name: ${JSON.stringify(name)}`)
    await saveKubeconfig(editor.setCurrentContext(name))
    context.print(`Switched to context ${JSON.stringify(name)}.\n`)
  },
})

export const renameContextCommand = defineCommand({
  use: 'config rename-context CONTEXT_NAME NEW_NAME',
  short: 'Rename a context from the kubeconfig file',
  examples: '# A shorter name\n$ config rename-context wherry w',
  complete: completeContexts,
  flags: {},
  async run(context, { args }) {
    const [name, next] = args
    if (name === undefined || next === undefined || args.length !== 2)
      throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    const editor = await openKubeconfig(context)
    const found = editor.find('contexts', name)
    if (!found)
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(name)}, it's not in ${editor.defaultFile.path}`,
      )
    if (editor.find('contexts', next)) {
      throw new CommandError(
        `cannot rename the context ${JSON.stringify(name)}, the context ${JSON.stringify(next)} already exists in ${found.file.path}`,
      )
    }
    found.entry.name = next
    await saveKubeconfig(found.file)
    if (editor.currentContext === name) await saveKubeconfig(editor.setCurrentContext(next))
    context.print(`Context ${JSON.stringify(name)} renamed to ${JSON.stringify(next)}.\n`)
  },
})

function deleteEntry(section: Section, what: string): Command {
  return defineCommand({
    use: `config delete-${what} NAME`,
    short: `Delete the specified ${what} from the kubeconfig`,
    examples: `# Remove a ${what}\n$ config delete-${what} old`,
    complete: async (context) => (await openKubeconfig(context)).names(section),
    flags: {},
    async run(context, { args }) {
      const [name] = args
      if (name === undefined || args.length !== 1)
        throw new UsageError(`exactly one NAME is required, got ${args.length}`)
      const editor = await openKubeconfig(context)
      const file = editor.find(section, name)?.file ?? editor.defaultFile
      if (!editor.remove(file, section, name))
        throw new CommandError(`cannot delete ${what} ${name}, not in ${file.path}`)
      if (section === 'contexts' && editor.currentContext === name) {
        context.warn(
          `warning: this removed your active context, use "${context.program} config use-context" to select a different one\n`,
        )
      }
      await saveKubeconfig(file)
      context.print(`deleted ${what} ${name} from ${file.path}\n`)
    },
  })
}

export const deleteContextCommand = deleteEntry('contexts', 'context')
export const deleteClusterCommand = deleteEntry('clusters', 'cluster')
export const deleteUserCommand = deleteEntry('users', 'user')
