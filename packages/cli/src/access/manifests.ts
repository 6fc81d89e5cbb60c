import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { parseYAML } from '@wherry/apimachinery'
import { CommandError, messageOf } from '../errors.ts'
import { isKubeObject, isObject, list, type Unstructured, unstructured } from '../objects/json.ts'

/** An object from a file, and where it stood. */
export interface Manifest {
  object: Unstructured
  /** The path or URL; `STDIN` for standard input. */
  source: string
}

export interface ManifestRequest {
  filenames: readonly string[]
  recursive: boolean
  cwd: string
  /** Asked for only when a file is `-`. */
  stdin: () => Readable
}

const extensions = /\.(json|ya?ml)$/

/** Reads the objects of files, directories, patterns, URLs and standard input, in order; lists give their items. */
export async function readManifests(request: ManifestRequest): Promise<Manifest[]> {
  const manifests: Manifest[] = []
  for (const name of request.filenames) {
    for (const { source, text } of await readSources(name, request)) {
      manifests.push(...decode(text, source))
    }
  }
  return manifests
}

interface Source {
  source: string
  text: string
}

async function readSources(name: string, { recursive, cwd, stdin }: ManifestRequest): Promise<Source[]> {
  if (name === '-') return [{ source: 'STDIN', text: await readAll(stdin()) }]
  if (/^https?:\/\//.test(name)) return [{ source: name, text: await download(name) }]
  const path = resolve(cwd, name)
  const info = await stat(path).catch(() => undefined)
  if (!info) {
    const matches = /[*?[]/.test(name) ? await glob(name, cwd) : []
    if (matches.length === 0) throw new CommandError(`the path ${JSON.stringify(name)} does not exist`)
    const found = await Promise.all(
      matches.map(async (match) => ({ source: match, text: await readText(resolve(cwd, match), match) })),
    )
    return found
  }
  if (!info.isDirectory()) return [{ source: name, text: await readText(path, name) }]
  const files = await filesIn(path, name, recursive)
  if (files.length === 0) {
    throw new CommandError(`error reading [${name}]: recognized file extensions are [.json .yaml .yml]`)
  }
  return Promise.all(files.map(async (file) => ({ source: file.shown, text: await readText(file.path, file.shown) })))
}

async function readText(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EACCES'
    throw new CommandError(denied ? `open ${shown}: permission denied` : messageOf(error), { cause: error })
  }
}

/** In the order that Go's filepath.Walk has: by name, a directory's files where it stands. */
async function filesIn(path: string, shown: string, recursive: boolean): Promise<{ path: string; shown: string }[]> {
  const entries = await readdir(path, { withFileTypes: true })
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  const found: { path: string; shown: string }[] = []
  for (const entry of entries) {
    const inner = { path: join(path, entry.name), shown: join(shown, entry.name) }
    const isDirectory = entry.isDirectory() || (entry.isSymbolicLink() && (await stat(inner.path)).isDirectory())
    if (!isDirectory && extensions.test(entry.name)) found.push(inner)
    if (isDirectory && recursive) found.push(...(await filesIn(inner.path, inner.shown, true)))
  }
  return found
}

/** Paths that match a pattern of Go's filepath.Glob: `*`, `?` and `[…]` within one path segment each. */
async function glob(pattern: string, cwd: string): Promise<string[]> {
  let found = [pattern.startsWith('/') ? '/' : '']
  for (const segment of pattern.split('/').filter((part) => part !== '')) {
    const matcher = new RegExp(
      `^${segment
        .replace(/[.+^${}()|\\]/g, '\\$&')
        .replaceAll('*', '[^/]*')
        .replaceAll('?', '[^/]')}$`,
    )
    const next: string[] = []
    for (const base of found) {
      const names = /[*?[]/.test(segment) ? await readdir(resolve(cwd, base || '.')).catch(() => []) : [segment]
      for (const name of [...names].sort())
        if (matcher.test(name) || name === segment) next.push(base + (base && !base.endsWith('/') ? '/' : '') + name)
    }
    found = next
  }
  return found
}

async function download(url: string): Promise<string> {
  const { get } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get(url, resolve).on('error', reject)
  }).catch((error: unknown) => {
    throw new CommandError(`unable to read URL ${JSON.stringify(url)}: ${messageOf(error)}`, { cause: error })
  })
  const { statusCode = 0, headers } = response
  if (statusCode >= 300 && statusCode < 400 && headers.location) {
    response.resume()
    return download(new URL(headers.location, url).href)
  }
  if (statusCode !== 200) {
    response.resume()
    const status = `${statusCode} ${response.statusMessage}`
    throw new CommandError(
      `unable to read URL ${JSON.stringify(url)}, server reported ${status}, status code=${statusCode}`,
    )
  }
  return readAll(response)
}

/** All text of a stream. */
export async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return Buffer.concat(chunks).toString('utf8')
}

/** The objects in a file's text. Throws where it does not parse or is no object of the API. */
export function decode(text: string, source: string): Manifest[] {
  const documents = (() => {
    try {
      return parseYAML(text)
    } catch (error) {
      throw new CommandError(`error parsing ${source}: ${messageOf(error)}`, { cause: error })
    }
  })()
  return documents
    .filter((document) => document !== null && document !== undefined)
    .flatMap((document) => flatten(document))
    .map((object) => ({ object: checked(object, source), source }))
}

function flatten(document: unknown): unknown[] {
  if (!isObject(document) || !Array.isArray(document.items) || !text(document.kind).endsWith('List')) return [document]
  return list(document.items).flatMap(flatten)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function checked(value: unknown, source: string): Unstructured {
  if (isKubeObject(value)) return unstructured(value)
  const object = isObject(value) ? value : {}
  const missing = ['apiVersion', 'kind']
    .filter((field) => text(object[field]) === '')
    .map((field) => `${field} not set`)
  if (!isObject(value)) {
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false`,
    )
  }
  const problems = missing.length === 1 ? missing[0] : `[${missing.join(', ')}]`
  throw new CommandError(
    `error validating ${JSON.stringify(source)}: error validating data: ${problems}; if you choose to ignore these errors, turn validation off with --validate=false`,
  )
}
