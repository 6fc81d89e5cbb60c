import { ClusterRole, ClusterRoleBinding, type PolicyRule, Role, RoleBinding } from '@wherry/api'
import type { Mapper } from '../../access/mapper.ts'
import { defineCommand } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError, PlainError } from '../../errors.ts'
import type { FlagSet } from '../../flags/flags.ts'
import { subjectsOf } from '../../objects/subjects.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

const rbac = 'rbac.authorization.k8s.io'

const ruleFlags = {
  resource: { type: 'strings', describe: 'Resources that the rule is for, such as pods or deployments.apps/scale.' },
  'resource-name': { type: 'array', describe: 'Names that the rule is for; none means all.' },
  verb: { type: 'strings', describe: 'What the rule allows, such as get,list,watch.' },
} as const satisfies FlagSet

const resourceVerbs = new Set(
  'get,delete,list,create,update,patch,watch,proxy,deletecollection,use,bind,escalate,impersonate,approve,sign,attest,*'.split(
    ',',
  ),
)
const nonResourceVerbs = new Set(['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*'])

function distinct(values: readonly string[]): string[] {
  return [...new Set(values.filter((value) => value !== ''))]
}

function checkedVerbs(context: Context, given: readonly string[], known: ReadonlySet<string>): string[] {
  const verbs = given.includes('*') ? ['*'] : distinct(given)
  if (verbs.length === 0) throw new CommandError('at least one verb must be specified')
  for (const verb of verbs) {
    if (!known.has(verb)) context.warn(`Warning: '${verb}' is not a standard resource verb\n`)
  }
  return verbs
}

interface RuleFlags {
  readonly resource: readonly string[]
  readonly 'resource-name': readonly string[]
}

/** The mapper for the types before the subresources. */
async function mapperFor(context: Context, resources: readonly string[]): Promise<Mapper> {
  const types = resources.map((resource) => resource.split('/')[0] ?? '').filter((type) => type !== '*')
  return (await context.connect()).mapper(types)
}

/** One rule for each API group that the resources are in. */
function resourceRules(mapper: Mapper, flags: RuleFlags, verbs: string[]): PolicyRule[] {
  const byGroup = new Map<string, string[]>()
  for (const given of flags.resource) {
    const [type = '', ...sub] = given.split('/')
    const known = type === '*' ? { group: '', resource: '*' } : mapper.find(type)
    if (!known) throw new PlainError(`the server doesn't have a resource type ${JSON.stringify(type.split('.')[0])}`)
    const name = [known.resource, ...sub].join('/')
    byGroup.set(known.group, [...(byGroup.get(known.group) ?? []), name])
  }
  const names = distinct(flags['resource-name'])
  return [...byGroup.keys()].sort().map((group) => ({
    apiGroups: [group],
    ...(names.length > 0 && { resourceNames: names }),
    resources: distinct(byGroup.get(group) ?? []),
    verbs,
  }))
}

export const createRoleCommand = defineCommand({
  use: 'create role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a role with single rule',
  examples: `# May read pods
$ create role reader --verb=get,list,watch --resource=pods

# May scale one deployment
$ create role scaler --verb=update --resource=deployments.apps/scale --resource-name=web`,
  flags: { ...generatorFlags, ...ruleFlags },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const verbs = checkedVerbs(context, flags.verb, resourceVerbs)
    if (flags.resource.length === 0) throw new CommandError('at least one resource must be specified')
    const mapper = await mapperFor(context, flags.resource)
    const role = {
      kind: 'Role',
      apiVersion: `${rbac}/v1`,
      metadata: newMeta(context, Role, name),
      rules: resourceRules(mapper, flags, verbs),
    }
    await createGenerated(context, Role, role, flags)
  },
})

export const createClusterRoleCommand = defineCommand({
  use: 'create clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] [--dry-run=server|client|none]',
  short: 'Create a cluster role',
  examples: `# May read nodes
$ create clusterrole node-reader --verb=get,list,watch --resource=nodes

# May read a path that is no resource
$ create clusterrole metrics --verb=get --non-resource-url=/metrics`,
  flags: {
    ...generatorFlags,
    ...ruleFlags,
    'aggregation-rule': {
      type: 'strings',
      describe: 'Labels of the cluster roles whose rules this one gathers: key=value.',
    },
    'non-resource-url': { type: 'strings', describe: 'Paths that the rule is for.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const base = { kind: 'ClusterRole', apiVersion: `${rbac}/v1`, metadata: { name } }
    if (flags['aggregation-rule'].length > 0) {
      if (flags.verb.length + flags.resource.length + flags['non-resource-url'].length > 0) {
        throw new CommandError(
          'aggregation rule must be specified without verbs, resources, resource names or non-resource URLs',
        )
      }
      const matchLabels = Object.fromEntries(
        flags['aggregation-rule'].map((pair) => {
          const [key = '', value] = pair.split('=')
          if (value === undefined)
            throw new CommandError(
              `invalid argument "${pair}" for "--aggregation-rule" flag: ${pair} must be formatted as key=value`,
            )
          return [key, value]
        }),
      )
      const role = { ...base, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] }, rules: null }
      await createGenerated(context, ClusterRole, role, flags)
      return
    }
    const paths = distinct(flags['non-resource-url'])
    const verbs = checkedVerbs(
      context,
      flags.verb,
      new Set([...resourceVerbs, ...(paths.length > 0 ? nonResourceVerbs : [])]),
    )
    if (flags.resource.length === 0 && paths.length === 0) {
      throw new CommandError('one of resource or nonResourceURL must be specified')
    }
    const rules =
      flags.resource.length === 0 ? [] : resourceRules(await mapperFor(context, flags.resource), flags, verbs)
    if (paths.length > 0) rules.push({ nonResourceURLs: paths, verbs })
    await createGenerated(context, ClusterRole, { ...base, rules }, flags)
  },
})

const subjectFlags = {
  group: { type: 'array', describe: 'Groups to bind to.' },
  serviceaccount: { type: 'array', describe: 'Service accounts to bind to, as namespace:name.' },
  user: { type: 'array', describe: 'Users to bind to.' },
} as const satisfies FlagSet

export const createRoleBindingCommand = defineCommand({
  use: 'create rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a role binding for a particular role or cluster role',
  examples: `# Let a service account read pods
$ create rolebinding read --role=reader --serviceaccount=team-a:builder`,
  flags: {
    ...generatorFlags,
    ...subjectFlags,
    clusterrole: { type: 'string', describe: 'The cluster role to bind.' },
    role: { type: 'string', describe: 'The role to bind.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    if ((flags.clusterrole === '') === (flags.role === '')) {
      throw new CommandError('exactly one of clusterrole or role must be specified')
    }
    const binding = {
      kind: 'RoleBinding',
      apiVersion: `${rbac}/v1`,
      metadata: newMeta(context, RoleBinding, name),
      subjects: subjectsOf(flags),
      roleRef: {
        apiGroup: rbac,
        kind: flags.role === '' ? 'ClusterRole' : 'Role',
        name: flags.role || flags.clusterrole,
      },
    }
    await createGenerated(context, RoleBinding, binding, flags, 'failed to create rolebinding: ')
  },
})

export const createClusterRoleBindingCommand = defineCommand({
  use: 'create clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Create a cluster role binding for a particular cluster role',
  examples: `# An administrator
$ create clusterrolebinding boss --clusterrole=cluster-admin --user=alice`,
  flags: {
    ...generatorFlags,
    ...subjectFlags,
    clusterrole: { type: 'string', required: true, describe: 'The cluster role to bind.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const binding = {
      kind: 'ClusterRoleBinding',
      apiVersion: `${rbac}/v1`,
      metadata: { name },
      subjects: subjectsOf(flags),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: flags.clusterrole },
    }
    await createGenerated(context, ClusterRoleBinding, binding, flags, 'failed to create clusterrolebinding: ')
  },
})
