import { defineCommand } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError, ExitError, UsageError } from '../../errors.ts'
import { dig, isObject, list, text } from '../../objects/json.ts'
import { flattenRules } from '../../describe/rbac.ts'
import { TabWriter } from '../../printers/tab-writer.ts'

const knownVerbs = new Set(
  'get,list,watch,create,update,patch,delete,deletecollection,use,bind,impersonate,*,approve,sign,escalate,attest'.split(
    ',',
  ),
)
const nonResourceVerbs = new Set(['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*'])

export const canICommand = defineCommand({
  use: 'auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
  short: 'Check whether an action is allowed',
  examples: `# May I make pods in any namespace?
$ auth can-i create pods --all-namespaces

# May I read a pod's log?
$ auth can-i get pods --subresource=log

# May another?
$ auth can-i list pods --as=system:serviceaccount:team-a:builder

# All that I may do in a namespace
$ auth can-i --list --namespace=team-a`,
  flags: {
    'all-namespaces': { type: 'boolean', short: 'A', describe: 'In all namespaces.' },
    list: { type: 'boolean', describe: 'Show all that is allowed.' },
    'no-headers': { type: 'boolean', describe: 'Leave the headers out.' },
    quiet: { type: 'boolean', short: 'q', describe: 'Print nothing; the exit code tells.' },
    subresource: { type: 'string', describe: 'A subresource, such as log or scale.' },
  },
  async run(context, { args, flags }) {
    const connection = await context.connect()
    if (flags.list) {
      if (args.length > 0) throw new UsageError('list option must be specified with no arguments')
      await listRules(context, connection.namespace, flags['no-headers'])
      return
    }
    const [verb, target] = args
    if (verb === undefined || target === undefined || args.length > 2) {
      throw new CommandError(
        `you must specify two arguments: verb resource or verb resource/resourceName.\nSee '${context.commandPath} -h' for help and examples.`,
      )
    }
    const namespace = flags['all-namespaces'] ? '' : connection.namespace
    const spec = target.startsWith('/')
      ? await pathAttributes(context, verb, target, flags.subresource)
      : await resourceAttributes(context, verb, target, namespace, flags.subresource)
    const body = {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec,
      status: { allowed: false },
    }
    const answer = await connection.rest.json('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      body,
    })
    const allowed = dig(answer, 'status', 'allowed') === true
    const reason = text(dig(answer, 'status', 'reason'))
    const problem = text(dig(answer, 'status', 'evaluationError'))
    if (!flags.quiet) {
      const notes = [reason, problem].filter((note) => note !== '')
      const suffix = allowed || notes.length === 0 ? '' : ` - ${notes.join(' ')}`
      context.print(`${allowed ? 'yes' : `no${suffix}`}\n`)
    }
    if (!allowed) throw new ExitError(1)
  },
})

async function pathAttributes(context: Context, verb: string, path: string, subresource: string) {
  if (subresource !== '') throw new UsageError('--subresource can not be used with NonResourceURL')
  if (!nonResourceVerbs.has(verb)) context.warn(`Warning: verb '${verb}' is not a known verb\n\n`)
  return { nonResourceAttributes: { path, verb } }
}

async function resourceAttributes(
  context: Context,
  verb: string,
  target: string,
  namespace: string,
  subresource: string,
) {
  const [type = '', name] = target.split('/')
  const mapper = await (await context.connect()).mapper(type === '*' ? [] : [type])
  const found = type === '*' ? undefined : mapper.find(type)
  if (!knownVerbs.has(verb)) context.warn(`Warning: verb '${verb}' is not a known verb\n\n`)
  if (!found && type !== '*') {
    const group = type.includes('.') ? ` in group '${type.slice(type.indexOf('.') + 1)}'` : ''
    context.warn(`Warning: the server doesn't have a resource type '${type.split('.')[0]}'${group}\n\n`)
  }
  if (found && !found.namespaced && namespace !== '') {
    const group = found.group === '' ? '' : ` in group '${found.group}'`
    context.warn(`Warning: resource '${found.resource}' is not namespace scoped${group}\n\n`)
  }
  const dot = type.indexOf('.')
  return {
    resourceAttributes: {
      ...(namespace !== '' && { namespace }),
      verb,
      group: found?.group ?? (type === '*' ? '*' : dot === -1 ? '' : type.slice(dot + 1)),
      resource: found?.resource ?? (dot === -1 ? type : type.slice(0, dot)),
      ...(subresource !== '' && { subresource }),
      ...(name !== undefined && { name }),
    },
  }
}

async function listRules(context: Context, namespace: string, noHeaders: boolean): Promise<void> {
  const { rest } = await context.connect()
  const body = {
    kind: 'SelfSubjectRulesReview',
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec: { namespace },
  }
  const answer = await rest.json('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { body })
  if (dig(answer, 'status', 'incomplete') === true) {
    context.warn(`Warning: the list may be incomplete: ${text(dig(answer, 'status', 'evaluationError'))}\n`)
  }
  const texts = (rule: unknown, field: string) => list(dig(rule, field)).map(text)
  const rules = [
    ...list(dig(answer, 'status', 'resourceRules')),
    ...list(dig(answer, 'status', 'nonResourceRules')),
  ].map((rule) => {
    if (!isObject(rule)) throw new CommandError('the server answered with a rule that is none')
    return {
      verbs: texts(rule, 'verbs'),
      apiGroups: texts(rule, 'apiGroups'),
      resources: texts(rule, 'resources'),
      resourceNames: texts(rule, 'resourceNames'),
      nonResourceURLs: texts(rule, 'nonResourceURLs'),
    }
  })
  const writer = new TabWriter((line) => context.print(line))
  if (!noHeaders) writer.row(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'])
  for (const { resource, paths, names, verbs } of flattenRules(rules)) writer.row([resource, paths, names, verbs])
  writer.flush()
}
