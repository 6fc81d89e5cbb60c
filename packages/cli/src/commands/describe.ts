import { isNotFound } from '@wherry/apimachinery'
import type { Connection } from '../access/connection.ts'
import { fetchTargets, type Found, foundIn, resolveTargets, type Target } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import { CommandError, ErrorGatherer } from '../errors.ts'
import { allNamespacesFlag, chunkSizeFlag, fileFlags, selectorFlag } from '../flags/shared.ts'

export const describeCommand = defineCommand({
  use: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  short: 'Show the details of resources',
  long: `Show the details of resources, with what belongs to them and the events about them.

 A name that no object has may be the beginning of names.`,
  examples: `# A node
$ describe nodes one

# A pod
$ describe pods/web-0

# All pods of an app
$ describe pods -l app=web

# All pods whose names begin with web-
$ describe pods web-`,
  complete: completeResources,
  flags: {
    ...fileFlags,
    ...selectorFlag,
    ...allNamespacesFlag,
    ...chunkSizeFlag,
    'show-events': { type: 'boolean', default: 'true', describe: 'Show the events about the object.' },
  },
  async run(context, { args, flags, changed }) {
    if (args.length === 0 && flags.filename.length === 0 && flags.kustomize === '') {
      throw new CommandError(
        `You must specify the type of resource to describe. Use "${context.program} api-resources" for a complete list of supported resources.`,
      )
    }
    const connection = await context.connect()
    const targets = await resolveTargets(context, connection, {
      args,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      selector: flags.selector,
      allNamespaces: flags['all-namespaces'],
      typesMeanAll: true,
    })
    const { describeObject } = await import('../describe/describe.ts')
    const errors = new ErrorGatherer()
    const { found, byPrefix } = await findAll(connection, targets, errors, flags['chunk-size'])
    // As kubectl: events are dear, so that lists go without them unless they are asked for.
    const showEvents = changed('show-events') ? flags['show-events'] : found.length === 1 && !byPrefix
    let first = true
    for (const object of found) {
      await errors.gather(async () => {
        const text = await describeObject(connection, object, showEvents, context.clock.now())
        context.print(byPrefix ? `${text}\n` : first ? text : `\n\n${text}`)
        first = false
      })
    }
    if (found.length === 0 && errors.errors.length === 0) {
      context.warn(
        !flags['all-namespaces']
          ? `No resources found in ${connection.namespace} namespace.\n`
          : 'No resources found\n',
      )
    }
    errors.throwAll()
  },
})

/** The objects that are meant; a single name that is not there is tried as the beginning of names. */
async function findAll(
  connection: Connection,
  targets: readonly Target[],
  errors: ErrorGatherer,
  chunk: number,
): Promise<{ found: Found[]; byPrefix: boolean }> {
  const fetched = await fetchTargets(connection, targets, chunk)
  const [only] = targets
  const [failure] = fetched.errors
  if (
    targets.length === 1 &&
    only?.form === 'object' &&
    only.source === undefined &&
    failure !== undefined &&
    isNotFound(failure)
  ) {
    const all = await connection.rest.list(only.kind, only.namespace, {}, chunk)
    const matching = all.filter(({ metadata }) => metadata.name?.startsWith(only.name))
    if (matching.length === 0) throw failure
    return { found: matching.map((object) => foundIn(only.kind, object)), byPrefix: true }
  }
  errors.errors.push(...fetched.errors)
  return { found: fetched.found, byPrefix: false }
}
