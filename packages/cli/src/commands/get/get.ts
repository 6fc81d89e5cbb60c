import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import type { Context } from '../../context.ts'
import type { FlagSet } from '../../flags/flags.ts'
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  fileFlags,
  printFlags,
  selectorFlag,
} from '../../flags/shared.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { resolveTargets } from '../../access/targets.ts'
import { splitOutput } from '../../printers/output.ts'
import { getObjects } from './objects.ts'
import { getTables } from './tables.ts'
import { watchOne } from './watch.ts'

export const getFlags = {
  ...printFlags,
  ...fileFlags,
  ...selectorFlag,
  ...fieldSelectorFlag,
  ...allNamespacesFlag,
  ...chunkSizeFlag,
  output: {
    type: 'string',
    short: 'o',
    describe:
      'Output format. One of: (json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file, custom-columns, custom-columns-file, wide).',
  },
  'ignore-not-found': { type: 'boolean', describe: 'Do not fail for objects that are not there.' },
  'label-columns': {
    type: 'strings',
    short: 'L',
    describe: 'Labels to show as columns, with commas between or given several times.',
  },
  'no-headers': { type: 'boolean', describe: 'Leave the headers of tables and custom columns out.' },
  'output-watch-events': {
    type: 'boolean',
    describe: 'With --watch or --watch-only, show the events; what is there already comes as ADDED.',
  },
  raw: { type: 'string', describe: "A path to fetch from the server, with the kubeconfig's credentials." },
  'server-print': { type: 'boolean', default: 'true', describe: 'Let the server make the table.' },
  'show-kind': { type: 'boolean', describe: 'Put the type before the names.' },
  'show-labels': { type: 'boolean', describe: 'Show all labels in the last column.' },
  'sort-by': {
    type: 'string',
    describe:
      "Sort lists by a field, given as a JSONPath such as '{.metadata.name}', whose value is text or an integer.",
  },
  subresource: { type: 'string', describe: 'Show this subresource of the object.' },
  watch: { type: 'boolean', short: 'w', describe: 'After the list or the object, show the changes.' },
  'watch-only': { type: 'boolean', describe: 'Show the changes only.' },
} as const satisfies FlagSet

export const getCommand = defineCommand({
  use: 'get [(-o|--output=)json|yaml|name|go-template|jsonpath|custom-columns|wide|...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]',
  short: 'Show one or many resources',
  long: `Show one or many resources.

 The server makes a table of the most important facts. A label selector narrows the list. Without --namespace or
 --all-namespaces, namespaced kinds are taken from the context's namespace. "wherry api-resources" lists the kinds.`,
  examples: `# All pods of the namespace
$ get pods

# With nodes and addresses
$ get pods -o wide

# One deployment as YAML
$ get deployment web -o yaml

# Several kinds, and several objects
$ get deploy,svc
$ get pod/web-0 svc/web

# Only a field
$ get pod web-0 -o jsonpath='{.status.phase}'

# Columns of your own
$ get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[0].image

# Everything that happens to the pods of an app, in all namespaces
$ get pods -A -l app=web -w`,
  flags: getFlags,
  complete: completeResources,
  async run(context, { args, flags }) {
    if (flags.raw !== '') return getRaw(context, flags.raw, args)
    const files = flags.filename.length > 0 || flags.kustomize !== ''
    if (args.length === 0 && !files) {
      context.warn(
        `You must specify the type of resource to get. Use "${context.program} api-resources" for a complete list of supported resources.\n\n`,
      )
      throw new UsageError(
        `Required resource not specified.\nUse "${context.program} explain <resource>" for a detailed description of that resource (e.g. ${context.program} explain pods).`,
      )
    }
    const { format } = splitOutput(flags)
    const human = format === '' || format === 'wide'
    if (flags['show-labels'] && !human) throw new CommandError('--show-labels option cannot be used with -o format')
    if (flags['output-watch-events'] && !(flags.watch || flags['watch-only'])) {
      throw new UsageError('--output-watch-events option can only be used with --watch or --watch-only')
    }
    const connection = await context.connect()
    const targets = await resolveTargets(context, connection, {
      args,
      filename: flags.filename,
      recursive: flags.recursive,
      selector: flags.selector,
      fieldSelector: flags['field-selector'],
      allNamespaces: flags['all-namespaces'],
      typesMeanAll: true,
    })
    if (flags.watch || flags['watch-only']) await watchOne(context, connection, targets, flags)
    else if (human) await getTables(context, connection, targets, flags)
    else await getObjects(context, connection, targets, flags)
    connection.rest.checkWarnings()
  },
})

async function getRaw(context: Context, raw: string, args: readonly string[]): Promise<undefined> {
  if (args.length > 0) throw new UsageError('arguments may not be passed when --raw is specified')
  if (!raw.startsWith('/')) {
    throw new CommandError(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`)
  }
  const { rest } = await context.connect()
  const [path = raw, search = ''] = raw.split('?')
  const query: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(search)) query[name] = [...(query[name] ?? []), value]
  const stream = await rest.stream(path, { query })
  for await (const chunk of stream) context.print(Buffer.from(chunk).toString('utf8'))
  return undefined
}
