import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import {
  type KubeconfigEditor,
  type KubeconfigFile,
  openKubeconfig,
  saveKubeconfig,
  type Section,
} from '../../kubeconfig/files.ts'
import { isObject, type JsonObject } from '../../objects/json.ts'

const sections: readonly string[] = ['clusters', 'contexts', 'users']
const booleans = new Set(['insecure-skip-tls-verify', 'disable-compression', 'provideClusterInfo'])

function isSection(name: string | undefined): name is Section {
  return name !== undefined && sections.includes(name)
}

export const setPropertyCommand = defineCommand({
  use: 'config set PROPERTY_NAME PROPERTY_VALUE',
  short: 'Set an individual value in a kubeconfig file',
  long: `Set an individual value in a kubeconfig file.

 The property is a path with dots between: clusters.NAME.server, contexts.NAME.namespace, users.NAME.token, current-context.`,
  examples: '# The address of a cluster\n$ config set clusters.far.server https://1.2.3.4',
  flags: {
    'set-raw-bytes': {
      type: 'boolean',
      describe: 'Encode the value of a -data property, rather than take it as base64.',
    },
  },
  async run(context, { args, flags }) {
    const [property, given] = args
    if (property === undefined || given === undefined || args.length !== 2)
      throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    const editor = await openKubeconfig(context)
    const path = splitProperty(property, editor)
    const last = path.at(-1) ?? ''
    const isData = last.endsWith('-data')
    if (isData && !flags['set-raw-bytes'] && !/^[A-Za-z0-9+/]*=*$/.test(given)) {
      throw new CommandError('error decoding value: illegal base64 data')
    }
    const value = booleans.has(last)
      ? truth(given)
      : isData && flags['set-raw-bytes']
        ? Buffer.from(given).toString('base64')
        : given
    await saveKubeconfig(setAt(editor, path, value))
    context.print(`Property ${JSON.stringify(property)} set.\n`)
  },
})

function truth(text: string): boolean {
  if (['true', '1', 't', 'T', 'TRUE', 'True'].includes(text)) return true
  if (['false', '0', 'f', 'F', 'FALSE', 'False'].includes(text)) return false
  throw new CommandError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
}

/** Names of entries may have dots themselves: the longest known name wins. */
function splitProperty(property: string, editor: KubeconfigEditor): string[] {
  const [section = '', ...rest] = property.split('.')
  if (!isSection(section)) return [section, ...rest]
  const tail = rest.join('.')
  const name = editor
    .names(section)
    .filter((candidate) => tail === candidate || tail.startsWith(`${candidate}.`))
    .sort((a, b) => b.length - a.length)[0]
  if (name === undefined) return [section, ...rest]
  const inner = tail.slice(name.length + 1)
  return [section, name, ...(inner === '' ? [] : inner.split('.'))]
}

function setAt(editor: KubeconfigEditor, path: readonly string[], value: unknown): KubeconfigFile {
  const [section, name, ...inner] = path
  if (section === 'current-context' && name === undefined) return editor.setCurrentContext(String(value))
  if (!isSection(section)) throw new CommandError(`unable to parse ${path.join('.')} after [] at api.Config`)
  const last = inner.at(-1)
  if (name === undefined || last === undefined) throw new CommandError("can't set a map to a value")
  const { file, value: entry } = editor.open(section, name)
  let at = entry
  for (const step of inner.slice(0, -1)) {
    const next = at[step]
    const object: JsonObject = isObject(next) ? next : {}
    at[step] = object
    at = object
  }
  // As Go's encoder, which leaves out what is false.
  if (value === false) delete at[last]
  else at[last] = value
  return file
}

export const unsetPropertyCommand = defineCommand({
  use: 'config unset PROPERTY_NAME',
  short: 'Unset an individual value in a kubeconfig file',
  examples:
    '# No current context\n$ config unset current-context\n\n# No namespace in a context\n$ config unset contexts.wherry.namespace',
  flags: {},
  async run(context, { args }) {
    const [property] = args
    if (property === undefined || args.length !== 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    const editor = await openKubeconfig(context)
    await saveKubeconfig(unsetAt(editor, splitProperty(property, editor)))
    context.print(`Property ${JSON.stringify(property)} unset.\n`)
  },
})

function unsetAt(editor: KubeconfigEditor, path: readonly string[]): KubeconfigFile {
  const [section, name, ...inner] = path
  if (section === 'current-context') return editor.setCurrentContext('')
  if (!isSection(section)) throw new CommandError(`unable to parse ${path.join('.')} after [] at api.Config`)
  if (name === undefined) {
    const file = editor.defaultFile
    file.content[section] = []
    return file
  }
  const found = editor.find(section, name)
  if (!found) throw new CommandError(`current map key \`${name}\` is invalid`)
  const last = inner.at(-1)
  if (last === undefined) {
    editor.remove(found.file, section, name)
    return found.file
  }
  let at = editor.open(section, name).value
  for (const step of inner.slice(0, -1)) {
    const next = at[step]
    if (!isObject(next)) return found.file
    at = next
  }
  delete at[last]
  return found.file
}
