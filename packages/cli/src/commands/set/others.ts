import { parseLabelSelector } from '@wherry/apimachinery'
import { defineCommand } from '../../command.ts'
import { completeResources } from '../../complete.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { isObject, list, put, type Unstructured } from '../../objects/json.ts'
import { labelSelectorOf } from '../../objects/label-selector.ts'
import { podSpecOf } from '../../objects/pod-spec.ts'
import { subjectsOf } from '../../objects/subjects.ts'
import { changeObjects, NotInObject, setFlags } from './template-verb.ts'

export const setServiceAccountCommand = defineCommand({
  use: 'set serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT',
  short: 'Update the service account of a resource',
  examples: `# Pods of a deployment act as builder
$ set serviceaccount deployment web builder`,
  complete: completeResources,
  flags: setFlags,
  async run(context, { args, flags }) {
    const account = args.at(-1)
    if (account === undefined) throw new UsageError('serviceaccount is required')
    await changeObjects(context, args.slice(0, -1), flags, 'serviceaccount updated', (object) => {
      const spec = podSpecOf(object)
      spec.serviceAccountName = account
      spec.serviceAccount = account
    })
  },
})

export const setSelectorCommand = defineCommand({
  use: 'set selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]',
  short: 'Set the selector on a resource',
  long: `Set the selector on a resource.

 The new selector takes the place of the old one. Only services can have it changed.`,
  examples: `# A service gets other pods
$ set selector service web app=web,tier=front`,
  complete: completeResources,
  flags: {
    ...setFlags,
    'resource-version': { type: 'string', describe: 'Only change the object in this version.' },
  },
  async run(context, { args, flags }) {
    const expression = args.at(-1)
    if (expression === undefined || args.length < 2)
      throw new UsageError('one or more resources must be specified as <resource> <name> or <resource>/<name>')
    const { matchLabels, matchExpressions } = labelSelectorOf(parseLabelSelector(expression))
    if (matchExpressions)
      throw new CommandError(
        "unable to set selector: can't convert a label selector with expressions to the simple form",
      )
    await changeObjects(context, args.slice(0, -1), flags, 'selector updated', (object) => {
      if (object.kind !== 'Service') throw new NotInObject('setting a selector is only supported for Services')
      put(object, ['spec', 'selector'], matchLabels ?? {})
      if (flags['resource-version'] !== '') object.metadata.resourceVersion = flags['resource-version']
    })
  },
})

export const setSubjectCommand = defineCommand({
  use: 'set subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]',
  short: 'Update the user, group, or service account in a role binding or cluster role binding',
  examples: `# One more service account
$ set subject rolebinding read --serviceaccount=team-a:builder`,
  complete: completeResources,
  flags: {
    ...setFlags,
    group: { type: 'strings', describe: 'Groups to add.' },
    serviceaccount: { type: 'strings', describe: 'Service accounts to add, as namespace:name.' },
    user: { type: 'strings', describe: 'Users to add.' },
  },
  async run(context, { args, flags }) {
    const added = subjectsOf(flags)
    await changeObjects(context, args, flags, 'subjects updated', (object) => {
      if (added.length === 0)
        throw new NotInObject('you must specify at least one value of user, group or serviceaccount')
      addSubjects(object, added)
    })
  },
})

function addSubjects(object: Unstructured, added: ReturnType<typeof subjectsOf>): void {
  if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') {
    throw new NotInObject(`setting subjects is only supported for RoleBinding/ClusterRoleBinding`)
  }
  const before = list(object.subjects).filter(isObject)
  const fresh = added.filter(
    ({ kind, name, namespace }) =>
      !before.some(
        (other) => other.kind === kind && other.name === name && (other.namespace ?? undefined) === namespace,
      ),
  )
  object.subjects = [...before, ...fresh]
}
