import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { isConfigMapKey, isEnvVarName } from '@wherry/apimachinery'
import type { Context } from '../../context.ts'
import { CommandError, messageOf } from '../../errors.ts'
import type { FlagSet } from '../../flags/flags.ts'

/** Flags that say where the data of a ConfigMap or Secret come from. */
export const dataFlags = {
  'append-hash': { type: 'boolean', describe: 'Append a hash of the data to the name.' },
  'from-env-file': { type: 'strings', describe: 'File with lines of key=value.' },
  'from-file': { type: 'strings', describe: 'File or directory; key=path gives a file another key than its name.' },
  'from-literal': { type: 'array', describe: 'A key with its value: key=value.' },
} as const satisfies FlagSet

export interface DataSources {
  readonly 'from-env-file': readonly string[]
  readonly 'from-file': readonly string[]
  readonly 'from-literal': readonly string[]
}

type Add = (key: string, value: Buffer) => void

/** Reads all data, in order of their keys. Throws in kubectl's words for what cannot be read or has no possible key. */
export async function readData(
  context: Context,
  sources: DataSources,
  kind: 'ConfigMap' | 'Secret',
  name: string,
): Promise<Map<string, Buffer>> {
  const { 'from-env-file': envFiles, 'from-file': files, 'from-literal': literals } = sources
  if (envFiles.length > 0 && (files.length > 0 || literals.length > 0)) {
    throw new CommandError('from-env-file cannot be combined with from-file or from-literal')
  }
  const data = new Map<string, Buffer>()
  const add: Add = (key, value) => {
    const [problem] = isConfigMapKey(key)
    if (problem) throw new CommandError(`${JSON.stringify(key)} is not a valid key name for a ${kind}: ${problem}`)
    if (data.has(key)) {
      throw new CommandError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ${kind} ${JSON.stringify(name)}`,
      )
    }
    data.set(key, value)
  }
  for (const source of files) await addFile(context, source, kind, add)
  for (const literal of literals) {
    const equals = literal.indexOf('=')
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`)
    add(literal.slice(0, equals), Buffer.from(literal.slice(equals + 1)))
  }
  for (const file of envFiles) await addEnvFile(context, file, add)
  return new Map([...data].sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function addFile(context: Context, source: string, kind: string, add: Add): Promise<void> {
  const parts = source.split('=')
  if (parts.length > 2) throw new CommandError("key names or file paths cannot contain '='")
  if (source.startsWith('=')) throw new CommandError(`key name for file path ${source.slice(1)} missing`)
  if (source.endsWith('=')) throw new CommandError(`file path for key name ${source.slice(0, -1)} missing`)
  const shown = parts.at(-1) ?? source
  const path = resolve(context.cwd, shown)
  const key = parts.length === 2 ? parts[0] : undefined
  const info = await statOf(path, shown)
  if (!info.isDirectory()) {
    add(key ?? basename(path), await readFile(path))
    return
  }
  if (key !== undefined) throw new CommandError('cannot give a key name for a directory path.')
  const entries = await readdir(path, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    // What is no file is passed over, and in a ConfigMap what has no possible key.
    if (entry.isFile() && (kind === 'Secret' || isConfigMapKey(entry.name).length === 0)) {
      add(entry.name, await readFile(join(path, entry.name)))
    }
  }
}

function statOf(path: string, shown: string) {
  return stat(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const known = code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : undefined
    throw new CommandError(`error reading ${shown}: ${known ?? messageOf(error)}`)
  })
}

async function addEnvFile(context: Context, file: string, add: Add): Promise<void> {
  const path = resolve(context.cwd, file)
  const info = await statOf(path, file)
  if (info.isDirectory()) throw new CommandError('env config file cannot be a directory')
  for (const [key, value] of parseEnvLines(await readFile(path, 'utf8'), file, context.env))
    add(key, Buffer.from(value))
}

/** Lines of KEY=value; a KEY alone takes its value from the environment; # begins a comment. */
export function parseEnvLines(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  const found: [string, string][] = []
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .forEach((raw, at) => {
      const line = raw.replace(/\r$/, '').trimStart()
      if (line === '' || line.startsWith('#')) return
      const equals = line.indexOf('=')
      const key = equals === -1 ? line : line.slice(0, equals)
      const [problem] = isEnvVarName(key)
      if (problem) {
        throw new CommandError(`${JSON.stringify(key)} is not a valid key name: ${problem} (${file}:${at + 1})`)
      }
      const value = equals === -1 ? env[key] : line.slice(equals + 1)
      if (value !== undefined) found.push([key, value])
    })
  return found
}
