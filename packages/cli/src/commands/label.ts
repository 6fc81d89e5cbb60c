import { isValidLabelValue } from '@wherry/apimachinery'
import { dryRunOf } from '../access/dry-run.ts'
import { localObjects } from '../access/local.ts'
import { type Found, fetchTargets, resolveTargets } from '../access/targets.ts'
import { type Command, defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, ErrorGatherer } from '../errors.ts'
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  fieldSelectorFlag,
  fileFlags,
  printFlags,
  selectorFlag,
} from '../flags/shared.ts'
import { Reporter } from '../printers/report.ts'

/** Changes to a map of metadata: values to set, keys to remove. */
export interface PairChanges {
  set: Record<string, string>
  remove: string[]
}

/** Splits arguments into resources and the changes after them: KEY=VALUE, or KEY- to remove. Throws in kubectl's words. */
export function resourcesAndPairs(
  args: readonly string[],
  what: string,
): { resources: string[]; changes: PairChanges } {
  const resources: string[] = []
  const set: Record<string, string> = {}
  const remove: string[] = []
  let foundPair = false
  for (const arg of args) {
    const isPair = arg.includes('=') || (arg.endsWith('-') && arg !== '-')
    if (isPair) {
      foundPair = true
      const equals = arg.indexOf('=')
      if (equals === -1) remove.push(arg.slice(0, -1))
      else set[arg.slice(0, equals)] = arg.slice(equals + 1)
    } else if (foundPair) {
      throw new CommandError(`all resources must be specified before ${what} changes: ${arg}`)
    } else resources.push(arg)
  }
  const both = remove.find((key) => Object.hasOwn(set, key))
  if (both !== undefined)
    throw new CommandError(
      `can not both modify and remove ${what === 'label' ? 'a label' : 'an annotation'} in the same command`,
    )
  return { resources, changes: { set, remove } }
}

interface MetadataVerb {
  /** `label`, `annotation`. */
  what: string
  verb: 'label' | 'annotate'
  field: 'labels' | 'annotations'
  examples: string
  short: string
  validate(changes: PairChanges): void
  /** How the message about a changed object ends. */
  done(changed: boolean, changes: PairChanges): string
}

function metadataCommand(verb: MetadataVerb): Command {
  return defineCommand({
    use: `${verb.verb} [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]`,
    short: verb.short,
    examples: verb.examples,
    complete: completeResources,
    flags: {
      ...printFlags,
      ...fileFlags,
      ...selectorFlag,
      ...fieldSelectorFlag,
      ...allNamespacesFlag,
      ...dryRunFlag,
      ...fieldManagerFlag(`kubectl-${verb.verb}`),
      all: { type: 'boolean', describe: 'All objects of the types in the namespace.' },
      list: { type: 'boolean', describe: `Show the ${verb.field} of the objects.` },
      local: { type: 'boolean', describe: 'Change only what is given, without asking the server.' },
      overwrite: { type: 'boolean', describe: `Change ${verb.field} that are there already.` },
      'resource-version': { type: 'string', describe: 'Only change the object in this version.' },
    },
    async run(context, { args, flags }) {
      const { resources, changes } = resourcesAndPairs(args, verb.what)
      const nothing = Object.keys(changes.set).length === 0 && changes.remove.length === 0
      if (resources.length === 0 && flags.filename.length === 0) {
        throw new CommandError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
      }
      if (nothing && !flags.list) throw new CommandError(`at least one ${verb.what} update is required`)
      verb.validate(changes)
      const dryRun = dryRunOf(context, flags['dry-run'])
      const reporter = new Reporter(context, flags, dryRun)
      await reporter.check()
      const errors = new ErrorGatherer()
      const { found, single, change } = await targets()
      if (flags['resource-version'] !== '' && found.length > 1) {
        throw new CommandError('--resource-version may only be used with a single resource')
      }
      for (const object of found) {
        await errors.gather(async () => {
          if (flags.list) showList(context, verb, object, single)
          if (!nothing) await changeOne(object, change)
        })
      }
      errors.throwAll()

      async function targets(): Promise<{ found: Found[]; single: boolean; change: Change }> {
        if (flags.local) {
          return { found: await localObjects(context, flags), single: false, change: async ({ object }) => object }
        }
        const connection = await context.connect()
        const resolved = await resolveTargets(context, connection, {
          args: resources,
          filename: flags.filename,
          kustomize: flags.kustomize,
          recursive: flags.recursive,
          selector: flags.selector,
          fieldSelector: flags['field-selector'],
          allNamespaces: flags['all-namespaces'],
          all: flags.all,
        })
        const fetched = await fetchTargets(connection, resolved)
        errors.errors.push(...fetched.errors)
        const query = { fieldManager: flags['field-manager'], ...(dryRun === 'server' && { dryRun: 'All' }) }
        return {
          found: fetched.found,
          single: resolved.length === 1 && resolved[0]?.form === 'object',
          change: (object, patch) => connection.rest.patch(object, 'merge', patch, query),
        }
      }

      async function changeOne(found: Found, change: Change): Promise<void> {
        const before = found.object.metadata[verb.field] ?? {}
        refuseOverwrite(verb, before, changes, flags.overwrite)
        for (const key of changes.remove) {
          if (before[key] === undefined && verb.what === 'label') context.print(`label "${key}" not found.\n`)
        }
        const removed = changes.remove.filter((key) => before[key] !== undefined)
        const set = Object.fromEntries(Object.entries(changes.set).filter(([key, value]) => before[key] !== value))
        const patchMap = { ...Object.fromEntries(removed.map((key) => [key, null])), ...set }
        const changed = Object.keys(patchMap).length > 0
        const version = flags['resource-version']
        const patch = {
          metadata: {
            ...(changed && { [verb.field]: patchMap }),
            ...(version !== '' && { resourceVersion: version }),
          },
        }
        const local = flags.local || dryRun === 'client'
        const after = local
          ? { ...found.object, metadata: { ...found.object.metadata, [verb.field]: merged(before, patchMap) } }
          : await change(found, patch)
        await reporter.print(after, verb.done(changed, changes))
      }
    },
  })
}

type Change = (object: Found, patch: unknown) => Promise<Found['object']>

function merged(
  before: Readonly<Record<string, string>>,
  patch: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const all: Record<string, string> = { ...before }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete all[key]
    else all[key] = value
  }
  return all
}

function refuseOverwrite(
  verb: MetadataVerb,
  before: Readonly<Record<string, string>>,
  changes: PairChanges,
  overwrite: boolean,
): void {
  if (overwrite) return
  const problems = Object.entries(changes.set).flatMap(([key, value]) => {
    const old = before[key]
    if (old === undefined || old === value) return []
    return [
      verb.what === 'label'
        ? `'${key}' already has a value (${old}), and --overwrite is false`
        : `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${old})`,
    ]
  })
  if (problems.length === 1) throw new CommandError(problems[0])
  if (problems.length > 1) throw new CommandError(`[${problems.join(', ')}]`)
}

function showList(context: Context, verb: MetadataVerb, { object, kind, name }: Found, single: boolean): void {
  if (!single) context.print(`Listing ${verb.field} for ${kind.kind}.${kind.group}/${name}:\n`)
  const map = object.metadata[verb.field] ?? {}
  for (const key of Object.keys(map).sort()) context.print(`${single ? '' : ' '}${key}=${map[key]}\n`)
}

export const labelCommand = metadataCommand({
  what: 'label',
  verb: 'label',
  field: 'labels',
  short: 'Change the labels of a resource',
  examples: `# Set a label
$ label pods web-0 tier=front

# Change it
$ label --overwrite pods web-0 tier=back

# Remove it
$ label pods web-0 tier-

# On all pods of the namespace
$ label pods --all checked=true`,
  validate({ set }) {
    for (const [key, value] of Object.entries(set)) {
      const [problem] = isValidLabelValue(value)
      if (problem) throw new CommandError(`invalid label value: ${JSON.stringify(`${key}=${value}`)}: ${problem}`)
    }
  },
  done(changed, { set }) {
    if (!changed) return 'not labeled'
    return Object.keys(set).length === 0 ? 'unlabeled' : 'labeled'
  },
})

export const annotateCommand = metadataCommand({
  what: 'annotation',
  verb: 'annotate',
  field: 'annotations',
  short: 'Change the annotations of a resource',
  examples: `# Set an annotation
$ annotate pods web-0 note='first of its kind'

# Change it
$ annotate --overwrite pods web-0 note='one of many'

# Remove it
$ annotate pods web-0 note-`,
  validate() {},
  done: () => 'annotated',
})
