import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseYAML, toYAML } from '@wherry/apimachinery'
import { kubeconfigFiles, kubeconfigToWrite } from '@wherry/client'
import type { Context } from '../context.ts'
import { CommandError, messageOf } from '../errors.ts'
import { isObject, type JsonObject, list, sortKeys } from '../objects/json.ts'

export type Section = 'clusters' | 'contexts' | 'users'

/** What an entry of a section is called inside: `cluster` in `clusters`. */
export const innerName = { clusters: 'cluster', contexts: 'context', users: 'user' } as const

/** One kubeconfig file as it stands on disk. */
export interface KubeconfigFile {
  path: string
  content: JsonObject
}

/** The kubeconfig files of a command, with the rules of kubectl for where a change goes. */
export class KubeconfigEditor {
  readonly #files: KubeconfigFile[]
  readonly #defaultPath: string

  constructor(files: KubeconfigFile[], defaultPath: string) {
    this.#files = files
    this.#defaultPath = defaultPath
  }

  /** The file that new entries go to. */
  get defaultFile(): KubeconfigFile {
    const found = this.#files.find(({ path }) => path === this.#defaultPath)
    if (found) return found
    const made = { path: this.#defaultPath, content: {} }
    this.#files.push(made)
    return made
  }

  /** The entry of a name, in the first file that has it. */
  find(section: Section, name: string): { file: KubeconfigFile; entry: JsonObject } | undefined {
    for (const file of this.#files) {
      const entry = entriesOf(file, section).find((candidate) => candidate.name === name)
      if (entry) return { file, entry }
    }
    return undefined
  }

  /** The inside of an entry, which is made where it is missing, and the file to save. */
  open(section: Section, name: string): { file: KubeconfigFile; value: JsonObject; isNew: boolean } {
    const found = this.find(section, name)
    if (found) {
      const before = found.entry[innerName[section]]
      const value = isObject(before) ? before : {}
      found.entry[innerName[section]] = value
      return { file: found.file, value, isNew: false }
    }
    const file = this.defaultFile
    const value: JsonObject = {}
    file.content[section] = [...entriesOf(file, section), { name, [innerName[section]]: value }]
    return { file, value, isNew: true }
  }

  /** Takes an entry out of a file; false where it is not there. */
  remove(file: KubeconfigFile, section: Section, name: string): boolean {
    const entries = entriesOf(file, section)
    const kept = entries.filter((entry) => entry.name !== name)
    file.content[section] = kept
    return kept.length < entries.length
  }

  /** The current context, from the first file that names one. */
  get currentContext(): string {
    for (const { content } of this.#files) {
      const current = content['current-context']
      if (typeof current === 'string' && current !== '') return current
    }
    return ''
  }

  /** Names the current context in the file that names it now, else in the default one. */
  setCurrentContext(name: string): KubeconfigFile {
    const file = this.#files.find(({ content }) => Boolean(content['current-context'])) ?? this.defaultFile
    file.content['current-context'] = name
    return file
  }

  names(section: Section): string[] {
    const all = this.#files.flatMap((file) => entriesOf(file, section).map(({ name }) => String(name)))
    return [...new Set(all)].sort()
  }
}

function entriesOf({ content }: KubeconfigFile, section: Section): JsonObject[] {
  return list(content[section]).filter(isObject)
}

/** Reads the files that the command works on. Throws where one cannot be read. */
export async function openKubeconfig(context: Context): Promise<KubeconfigEditor> {
  const given = context.globals.kubeconfig || undefined
  const paths = kubeconfigFiles(context.env, given)
  const files: KubeconfigFile[] = []
  for (const path of paths) {
    const content = await readOrUndefined(path)
    if (content) files.push({ path, content })
  }
  return new KubeconfigEditor(files, await kubeconfigToWrite(context.env, given))
}

async function readOrUndefined(path: string): Promise<JsonObject | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new CommandError(`error loading config file ${JSON.stringify(path)}: ${messageOf(error)}`, { cause: error })
  }
  try {
    const [document] = parseYAML(text)
    return isObject(document) ? document : {}
  } catch (error) {
    throw new CommandError(`error loading config file ${JSON.stringify(path)}: ${messageOf(error)}`, { cause: error })
  }
}

/** Writes a file in kubectl's form, readable for its owner only, in one step so that nobody reads half of it. */
export async function saveKubeconfig({ path, content }: KubeconfigFile): Promise<void> {
  const whole = {
    ...content,
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': content['current-context'] ?? '',
    clusters: orNull(content.clusters),
    contexts: orNull(content.contexts),
    users: orNull(content.users),
  }
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, toYAML(sortKeys(whole)), { mode: 0o600 })
  await rename(temporary, path)
}

/** Sections without entries stand as null, as Go writes empty lists. */
function orNull(section: unknown): unknown {
  const entries = list(section).filter(isObject)
  if (entries.length === 0) return null
  return entries.sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1))
}
