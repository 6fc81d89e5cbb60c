import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createThreeWayJSONMergePatch,
  createThreeWayStrategicMergePatch,
  isNotFound,
  parseLabelSelector,
  toYAML,
} from '@wherry/apimachinery'
import type { Connection } from '../access/connection.ts'
import { readManifests } from '../access/manifests.ts'
import { placeManifest, refuseKustomize } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { CommandError, ExitError, UsageError } from '../errors.ts'
import { fieldManagerFlag, fileFlags, selectorFlag } from '../flags/shared.ts'
import { isObject, record, sortKeys, stringMap, type Unstructured } from '../objects/json.ts'
import { lastAppliedAnnotation, withLastApplied } from '../objects/last-applied.ts'
import { typeNameOf } from '../objects/type-name.ts'
import { withoutManagedFields } from '../printers/printer.ts'
import type { Placed } from './apply/client-side.ts'

export const diffCommand = defineCommand({
  use: 'diff -f FILENAME',
  short: 'Show what an apply would change',
  long: `Show what an apply would change.

 $KUBECTL_EXTERNAL_DIFF names another program for the comparison, with its arguments; it is "diff -u -N" otherwise. The exit code
 is 0 when there is no difference, 1 when there is, and higher when something failed.`,
  examples: `# Of a file
$ diff -f web.yaml

# Of standard input
cat web.yaml | wherry diff -f -`,
  flags: {
    ...fileFlags,
    ...selectorFlag,
    ...fieldManagerFlag('kubectl-client-side-apply'),
    concurrency: { type: 'int', default: '1', hidden: true, describe: 'Kept for scripts; has no effect.' },
    'force-conflicts': { type: 'boolean', describe: 'With --server-side: take over fields that others manage.' },
    'server-side': { type: 'boolean', describe: 'Compare with what a server-side apply would make.' },
    'show-managed-fields': { type: 'boolean', describe: 'Compare metadata.managedFields too.' },
    'show-secrets': { type: 'boolean', describe: 'Show the values of Secrets.' },
  },
  async run(context, { args, flags, changed }) {
    try {
      const own = flags['server-side'] && !changed('field-manager')
      return await diffFiles(context, args, own ? { ...flags, 'field-manager': 'kubectl' } : flags)
    } catch (error) {
      if (error instanceof ExitError) throw error
      // A failure must not look like a difference.
      const { failureOf } = await import('../error-text.ts')
      const { text, code } = failureOf(error, context.commandPath)
      throw new ExitError(code + 1, text)
    }
  },
})

async function diffFiles(context: Context, args: readonly string[], flags: FileDiffFlags): Promise<number> {
  if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
  refuseKustomize(flags.kustomize)
  if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
  const connection = await context.connect()
  const matcher = parseLabelSelector(flags.selector)
  const live = await mkdtemp(join(tmpdir(), 'LIVE-'))
  const merged = await mkdtemp(join(tmpdir(), 'MERGED-'))
  try {
    const { filename: filenames, recursive } = flags
    for (const manifest of await readManifests({
      filenames,
      recursive,
      cwd: context.cwd,
      stdin: () => context.stdin,
    })) {
      if (!matcher.matches(stringMap(manifest.object.metadata.labels))) continue
      const placed = await placeManifest(connection, manifest)
      let { before, after } = await versions(connection, placed, flags)
      if (!flags['show-managed-fields']) {
        before = before && withoutManagedFields(before)
        after = withoutManagedFields(after)
      }
      if (placed.kind.kind === 'Secret' && !flags['show-secrets']) [before, after] = masked(before, after)
      const { group, version, kind } = placed.kind
      const file = [group, version, kind, placed.namespace, placed.name].filter((part) => part !== '').join('.')
      if (before) await writeFile(join(live, file), toYAML(sortKeys(before)))
      await writeFile(join(merged, file), toYAML(sortKeys(after)))
    }
    const code = await compare(context, live, merged)
    if (code > 1) throw new ExitError(code, `error: exit status ${code}`)
    return code
  } finally {
    await Promise.all([live, merged].map((folder) => rm(folder, { recursive: true, force: true })))
  }
}

interface FileDiffFlags extends DiffFlags {
  readonly filename: readonly string[]
  readonly kustomize: string
  readonly recursive: boolean
  readonly selector: string
  readonly 'show-managed-fields': boolean
  readonly 'show-secrets': boolean
}

interface DiffFlags {
  readonly 'server-side': boolean
  readonly 'force-conflicts': boolean
  readonly 'field-manager': string
}

/** The object as it is and as an apply would make it; the server makes the second without keeping it. */
async function versions(
  connection: Connection,
  placed: Placed,
  flags: DiffFlags,
): Promise<{ before?: Unstructured; after: Unstructured }> {
  const query = { dryRun: 'All', fieldManager: flags['field-manager'] }
  const live = await connection.rest.get(placed).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  const before = live && { before: live }
  if (flags['server-side']) {
    const force = { ...query, force: flags['force-conflicts'] }
    return { ...before, after: await connection.rest.patch(placed, 'apply', placed.object, force) }
  }
  const modified = withLastApplied(placed.object)
  if (!live) return { after: await connection.rest.create(placed.kind, placed.namespace, modified, query) }
  const annotation = live.metadata.annotations?.[lastAppliedAnnotation]
  const original: unknown = annotation ? JSON.parse(annotation) : {}
  const typeName = typeNameOf(placed.kind)
  const patch =
    typeName === undefined
      ? createThreeWayJSONMergePatch(original, modified, live)
      : createThreeWayStrategicMergePatch(original, modified, live, typeName)
  if (Object.keys(record(patch)).length === 0) return { before: live, after: live }
  const after = await connection.rest.patch(placed, typeName === undefined ? 'merge' : 'strategic', patch, query)
  return { before: live, after }
}

const mask = '***'

/** Values of Secrets as stars; changed ones say which is which. */
function masked(before: Unstructured | undefined, after: Unstructured): [Unstructured | undefined, Unstructured] {
  const old = record(before?.data)
  const fresh = record(after.data)
  const hide = (data: Record<string, unknown>, other: Record<string, unknown>, suffix: string) =>
    Object.fromEntries(
      Object.entries(data).map(([key, value]) => {
        const changed = key in other && other[key] !== value
        return [key, changed ? `${mask} ${suffix}` : mask]
      }),
    )
  const maskedAfter = isObject(after.data) ? { ...after, data: hide(fresh, old, '(after)') } : after
  return [before && isObject(before.data) ? { ...before, data: hide(old, fresh, '(before)') } : before, maskedAfter]
}

/** Runs the comparing program; without one, compares here. Resolves to the exit code. */
async function compare(context: Context, live: string, merged: string): Promise<number> {
  const custom = context.env.KUBECTL_EXTERNAL_DIFF?.trim()
  const [program = 'diff', ...args] = custom ? custom.split(/\s+/) : ['diff', '-u', '-N']
  const child = spawn(program, [...args, live, merged], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...context.env } })
  child.stdout.on('data', (chunk: Buffer) => context.print(chunk.toString('utf8')))
  child.stderr.on('data', (chunk: Buffer) => context.warn(chunk.toString('utf8')))
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT'
      if (!missing || custom) reject(new CommandError(`failed to run ${JSON.stringify(program)}: ${error.message}`))
      else compareHere(context, live, merged).then(resolve, reject)
    })
    child.on('close', (code) => resolve(code ?? 2))
  })
}

async function compareHere(context: Context, live: string, merged: string): Promise<number> {
  const { createTwoFilesPatch } = await import('diff')
  const { readdir } = await import('node:fs/promises')
  let code = 0
  for (const file of (await readdir(merged)).sort()) {
    const before = await readFile(join(live, file), 'utf8').catch(() => '')
    const after = await readFile(join(merged, file), 'utf8')
    if (before === after) continue
    code = 1
    context.print(`diff -u -N ${join(live, file)} ${join(merged, file)}\n`)
    context.print(createTwoFilesPatch(join(live, file), join(merged, file), before, after).replace(/^=+\n/, ''))
  }
  return code
}
