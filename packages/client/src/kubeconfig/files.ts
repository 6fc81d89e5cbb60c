import { access, readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { decodeKubeconfig } from './decode.ts'
import { KubeconfigError } from './errors.ts'
import { emptyKubeconfig, type Kubeconfig } from './kubeconfig.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The files that kubectl reads: the given one, otherwise those of `$KUBECONFIG`, otherwise `~/.kube/config`. */
export function kubeconfigFiles(env: Environment, path?: string): string[] {
  if (path) return [path]
  const listed = env.KUBECONFIG
  if (listed) return [...new Set(listed.split(delimiter).filter((file) => file !== ''))]
  return [join(env.HOME || homedir(), '.kube', 'config')]
}

/** The file that a new context goes into: the first that is there, otherwise the first of all. */
export async function kubeconfigToWrite(env: Environment, path?: string): Promise<string> {
  const files = kubeconfigFiles(env, path)
  for (const file of files) {
    const there = await access(file).then(
      () => true,
      () => false,
    )
    if (there) return file
  }
  const [first] = files
  if (first === undefined) throw new KubeconfigError(['$KUBECONFIG names no file'])
  return first
}

/**
 * Reads and merges the files, as kubectl does: the first file that has an entry of a name decides all of it, missing
 * files are skipped unless the file was given by `path`, and relative paths mean relative to the file they stand in.
 */
export async function readKubeconfig(env: Environment, path?: string): Promise<Kubeconfig> {
  if (path) {
    const error = await stat(path).then(() => undefined, String)
    if (error?.includes('ENOENT')) throw new KubeconfigError([`stat ${path}: no such file or directory`])
  }
  const merged = emptyKubeconfig()
  for (const file of kubeconfigFiles(env, path)) {
    const text = await readOrUndefined(file)
    if (text === undefined) continue
    merge(merged, absolutePaths(decode(file, text), resolve(dirname(file))))
  }
  for (const list of [merged.clusters, merged.contexts, merged.users]) {
    list.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  }
  return merged
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new KubeconfigError([`error loading config file "${file}": ${goFileError('open', file, cause)}`], { cause })
  }
}

function decode(file: string, text: string): Kubeconfig {
  try {
    return decodeKubeconfig(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new KubeconfigError([`error loading config file "${file}": ${message}`], { cause })
  }
}

function merge(into: Kubeconfig, from: Kubeconfig): void {
  addNew(into.clusters, from.clusters)
  addNew(into.contexts, from.contexts)
  addNew(into.users, from.users)
  into['current-context'] ||= from['current-context']
  if (into.preferences === undefined && from.preferences !== undefined) into.preferences = from.preferences
}

function addNew<T extends { name: string }>(into: T[], from: readonly T[]): void {
  const known = new Set(into.map(({ name }) => name))
  for (const item of from) if (!known.has(item.name)) into.push(item)
}

function absolutePaths(config: Kubeconfig, base: string): Kubeconfig {
  const absolute = (object: object, member: string) => {
    const value: unknown = Reflect.get(object, member)
    if (typeof value === 'string' && value !== '' && !isAbsolute(value)) Reflect.set(object, member, join(base, value))
  }
  for (const { cluster } of config.clusters) absolute(cluster, 'certificate-authority')
  for (const { user } of config.users) {
    for (const member of ['client-certificate', 'client-key', 'tokenFile']) absolute(user, member)
    // A bare name is looked up in $PATH.
    if (user.exec?.command.includes(sep)) absolute(user.exec, 'command')
  }
  return config
}

/** Go's words for a file that cannot be read. */
export function goFileError(operation: string, file: string, cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') return `${operation} ${file}: no such file or directory`
  if (code === 'EACCES') return `${operation} ${file}: permission denied`
  if (code === 'EISDIR') return `read ${file}: is a directory`
  return `${operation} ${file}: ${cause instanceof Error ? cause.message : String(cause)}`
}
