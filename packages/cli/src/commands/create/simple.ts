import { Namespace, PriorityClass, ResourceQuota, ServiceAccount } from '@wherry/api'
import { Quantity } from '@wherry/apimachinery'
import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

export const createNamespaceCommand = defineCommand({
  use: 'create namespace NAME [--dry-run=server|client|none]',
  short: 'Create a namespace with the specified name',
  examples: `# A namespace named team-a
$ create namespace team-a`,
  flags: generatorFlags,
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const namespace = { kind: 'Namespace', apiVersion: 'v1', metadata: { name }, spec: {}, status: {} }
    await createGenerated(context, Namespace, namespace, flags)
  },
})

export const createServiceAccountCommand = defineCommand({
  use: 'create serviceaccount NAME [--dry-run=server|client|none]',
  short: 'Create a service account with the specified name',
  examples: `# A service account named builder
$ create serviceaccount builder`,
  flags: generatorFlags,
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const account = { kind: 'ServiceAccount', apiVersion: 'v1', metadata: newMeta(context, ServiceAccount, name) }
    await createGenerated(context, ServiceAccount, account, flags, 'failed to create serviceaccount: ')
  },
})

export const createQuotaCommand = defineCommand({
  use: 'create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  short: 'Create a quota with the specified name',
  examples: `# At most ten pods with four CPUs in all
$ create quota small --hard=pods=10,cpu=4`,
  flags: {
    ...generatorFlags,
    hard: { type: 'string', describe: 'Limits as resource=quantity, with commas between.' },
    scopes: { type: 'string', describe: 'Scopes that narrow what is counted, with commas between.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const hard = resourceList(flags.hard)
    const scopes = flags.scopes === '' ? [] : flags.scopes.split(',')
    const quota = {
      kind: 'ResourceQuota',
      apiVersion: 'v1',
      metadata: newMeta(context, ResourceQuota, name),
      spec: { ...(hard && { hard }), ...(scopes.length > 0 && { scopes }) },
      status: {},
    }
    await createGenerated(context, ResourceQuota, quota, flags, 'failed to create quota: ')
  },
})

/** `cpu=1,pods=2` as amounts in canonical form; undefined for an empty text. Throws in kubectl's words. */
export function resourceList(text: string): Record<string, string> | undefined {
  if (text === '') return undefined
  const entries = text.split(',').map((part): [string, string] => {
    const [key = '', value, ...rest] = part.split('=')
    if (value === undefined || rest.length > 0) {
      throw new CommandError(`Invalid argument syntax ${part}, expected <resource>=<value>`)
    }
    return [key, Quantity.parse(value).toString()]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const createPriorityClassCommand = defineCommand({
  use: 'create priorityclass NAME --value=VALUE --global-default=BOOL [--dry-run=server|client|none]',
  short: 'Create a priority class with the specified name',
  examples: `# For pods that matter more than others
$ create priorityclass high --value=1000 --description="matters"`,
  flags: {
    ...generatorFlags,
    description: { type: 'string', describe: 'When to use the class.' },
    'global-default': { type: 'boolean', describe: 'Pods that name no class get this one.' },
    'preemption-policy': {
      type: 'string',
      default: 'PreemptLowerPriority',
      describe: 'Whether pods of the class may displace others.',
    },
    value: { type: 'int', describe: 'The priority.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const priorityClass = {
      kind: 'PriorityClass',
      apiVersion: 'scheduling.k8s.io/v1',
      metadata: { name },
      value: flags.value,
      ...(flags['global-default'] && { globalDefault: true }),
      ...(flags.description !== '' && { description: flags.description }),
      preemptionPolicy: flags['preemption-policy'],
    }
    await createGenerated(context, PriorityClass, priorityClass, flags, 'failed to create priorityclass: ')
  },
})
