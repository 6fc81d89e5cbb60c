import { apiVersionOf } from '@wherry/api'
import type { Resource } from '../access/discovery.ts'
import { defineCommand } from '../command.ts'
import { CommandError, UsageError } from '../errors.ts'
import { sortKeys } from '../objects/json.ts'
import { goJSON } from '../printers/json.ts'
import { TabWriter } from '../printers/tab-writer.ts'

export const apiResourcesCommand = defineCommand({
  use: 'api-resources [flags]',
  short: 'List the kinds of resource that the server has',
  examples: `# All kinds
$ api-resources

# With verbs and categories
$ api-resources -o wide

# Those that are in no namespace
$ api-resources --namespaced=false

# Those of a group
$ api-resources --api-group=apps`,
  flags: {
    'api-group': { type: 'string', describe: 'Only this group; "" is the core group.' },
    cached: { type: 'boolean', describe: 'Show what the server served when it was last asked.' },
    categories: { type: 'strings', describe: 'Only kinds that are in all of these categories.' },
    namespaced: {
      type: 'boolean',
      default: 'true',
      describe: 'Only kinds that are in a namespace, or with =false those that are not.',
    },
    'no-headers': { type: 'boolean', describe: 'Leave the headers out.' },
    output: { type: 'string', short: 'o', describe: 'Output format: wide or name.' },
    'sort-by': { type: 'string', describe: 'Sort by name or kind.' },
    verbs: { type: 'strings', describe: 'Only kinds that have all of these verbs.' },
  },
  async run(context, { args, flags, changed }) {
    if (args.length > 0) throw new UsageError(`unexpected arguments: [${args.join(' ')}]`)
    if (!['', 'wide', 'name', 'json', 'yaml', 'kyaml'].includes(flags.output)) {
      throw new CommandError(
        `unable to match a printer suitable for the output format ${JSON.stringify(flags.output)}, allowed formats are: json,kyaml,name,wide,yaml`,
      )
    }
    if (!['', 'name', 'kind'].includes(flags['sort-by'])) throw new CommandError('--sort-by accepts only name or kind')
    const connection = await context.connect()
    const mapper = await (flags.cached ? connection.mapper() : connection.rediscover())
    const shown = mapper
      .preferred()
      .filter(({ verbs }) => verbs.length > 0)
      .filter(({ group }) => !changed('api-group') || group === flags['api-group'])
      .filter(({ namespaced }) => !changed('namespaced') || namespaced === flags.namespaced)
      .filter(({ verbs }) => flags.verbs.every((verb) => verbs.includes(verb)))
      .filter(({ categories }) => flags.categories.every((category) => categories.includes(category)))
      .sort(order(flags['sort-by']))
    if (flags.output === 'name') {
      for (const { resource, group } of shown) context.print(`${resource}${group === '' ? '' : `.${group}`}\n`)
      return
    }
    if (flags.output === 'json') {
      context.print(`${goJSON(asList(shown))}\n`)
      return
    }
    if (flags.output === 'yaml' || flags.output === 'kyaml') {
      const { toYAML } = await import('@wherry/apimachinery')
      const { toKYAML } = await import('../printers/kyaml.ts')
      context.print(flags.output === 'yaml' ? toYAML(sortKeys(asList(shown))) : `---\n${toKYAML(asList(shown))}\n`)
      return
    }
    const wide = flags.output === 'wide'
    const writer = new TabWriter((text) => context.print(text))
    if (!flags['no-headers']) {
      writer.row(['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])])
    }
    for (const one of shown) {
      const more = wide ? [[...one.verbs].join(','), one.categories.join(',')] : []
      writer.row([one.resource, one.shortNames.join(','), apiVersionOf(one), String(one.namespaced), one.kind, ...more])
    }
    writer.flush()
  },
})

function order(by: string): (a: Resource, b: Resource) => number {
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  if (by === 'name') return (a, b) => compare(a.resource, b.resource)
  if (by === 'kind') return (a, b) => compare(a.kind, b.kind)
  return (a, b) => compare(a.group, b.group) || compare(a.resource, b.resource)
}

function asList(resources: readonly Resource[]) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: '',
    resources: resources.map(
      ({ resource, singular, namespaced, group, version, kind, verbs, shortNames, categories }) => ({
        name: resource,
        singularName: singular,
        namespaced,
        ...(group !== '' && { group }),
        version,
        kind,
        verbs,
        ...(shortNames.length > 0 && { shortNames }),
        ...(categories.length > 0 && { categories }),
      }),
    ),
  }
}
