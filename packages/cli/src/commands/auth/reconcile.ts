import type { PolicyRule } from '@wherry/api'
import { deepEqual, isNotFound } from '@wherry/apimachinery'
import { compactRules, uncoveredRules } from '@wherry/component-helpers'
import type { Connection } from '../../access/connection.ts'
import { dryRunOf, writeQuery } from '../../access/dry-run.ts'
import { resolveTargets, type Target } from '../../access/targets.ts'
import { defineCommand } from '../../command.ts'
import { CommandError, ErrorGatherer } from '../../errors.ts'
import { dryRunFlag, fileFlags, printFlags } from '../../flags/shared.ts'
import { dig, list, text, type Unstructured } from '../../objects/json.ts'
import { Reporter } from '../../printers/report.ts'

type Given = Target & { form: 'object'; object: Unstructured }
type Query = ReturnType<typeof writeQuery>

interface Wishes {
  removeExtraPermissions: boolean
  removeExtraSubjects: boolean
}

const kinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']
const autoUpdate = 'rbac.authorization.kubernetes.io/autoupdate'

export const reconcileCommand = defineCommand({
  use: 'auth reconcile -f FILENAME',
  short: 'Bring roles and bindings up to what a file says',
  long: `Bring roles and bindings up to what a file says.

 What is missing is made, rules and subjects that are missing are added, and those that a file does not name stay, unless
 they are to go. A binding to another role is made anew.`,
  examples: '# From a file\n$ auth reconcile -f roles.yaml',
  flags: {
    ...printFlags,
    ...fileFlags,
    ...dryRunFlag,
    'remove-extra-permissions': { type: 'boolean', describe: 'Take from roles the rules that the file does not name.' },
    'remove-extra-subjects': { type: 'boolean', describe: 'Take from bindings who is not named in the file.' },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new CommandError(`no arguments are allowed: [${args.join(' ')}]`)
    if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    await reporter.check()
    const connection = await context.connect()
    const query = writeQuery({ dryRun: dryRun === 'client' ? 'server' : dryRun, fieldManager: '', validate: '' })
    const wishes = {
      removeExtraPermissions: flags['remove-extra-permissions'],
      removeExtraSubjects: flags['remove-extra-subjects'],
    }
    const request = { args: [], filename: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive }
    const errors = new ErrorGatherer()
    for (const target of await resolveTargets(context, connection, request)) {
      if (target.form !== 'object' || !target.object) continue
      const given: Given = { ...target, object: target.object }
      await errors.gather(async () => {
        if (given.kind.group !== 'rbac.authorization.k8s.io' || !kinds.includes(given.kind.kind)) return
        await reporter.print(await reconcile(connection, given, wishes, query), 'reconciled')
      })
    }
    errors.throwAll()
  },
})

async function reconcile({ rest }: Connection, given: Given, wishes: Wishes, query: Query): Promise<Unstructured> {
  const existing = await rest.get(given).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    throw error
  })
  if (!existing) return rest.create(given.kind, given.namespace, given.object, query)
  if (existing.metadata.annotations?.[autoUpdate] === 'false') return existing
  const isBinding = given.kind.kind.endsWith('Binding')
  if (isBinding && !sameRole(dig(existing, 'roleRef'), dig(given.object, 'roleRef'))) {
    await rest.delete(given, { preconditions: { uid: text(dig(existing, 'metadata', 'uid')) } })
    return rest.create(given.kind, given.namespace, given.object, query)
  }
  const changed = withMetadata(existing, given.object)
  const wanted = isBinding
    ? { ...changed, subjects: subjectsOf(existing, given.object, wishes) }
    : { ...changed, ...rulesOf(existing, given.object, wishes) }
  return deepEqual(wanted, existing) ? existing : rest.replace(given, wanted, query)
}

/** Labels and annotations of the file are added to those that are there. */
function withMetadata(existing: Unstructured, given: Unstructured): Unstructured {
  const metadata = { ...existing.metadata }
  const { labels, annotations } = given.metadata
  if (labels) metadata.labels = { ...metadata.labels, ...labels }
  if (annotations) metadata.annotations = { ...metadata.annotations, ...annotations }
  return { ...existing, metadata }
}

/** An aggregated role's rules are its controller's. */
function rulesOf(existing: Unstructured, given: Unstructured, { removeExtraPermissions }: Wishes) {
  const aggregation = dig(given, 'aggregationRule') ?? dig(existing, 'aggregationRule')
  if (aggregation !== undefined) return { aggregationRule: aggregation }
  const [own, wanted] = [policyRules(existing), policyRules(given)]
  const extra = uncoveredRules(wanted, own)
  if (removeExtraPermissions && extra.length > 0) return { rules: wanted }
  return { rules: [...own, ...compactRules(uncoveredRules(own, wanted))] }
}

function policyRules(role: Unstructured): PolicyRule[] {
  return list(dig(role, 'rules')).map((rule) => {
    const texts = (field: string) => list(dig(rule, field)).map(text)
    const parts = { apiGroups: texts('apiGroups'), resources: texts('resources') }
    const names = texts('resourceNames')
    const urls = texts('nonResourceURLs')
    return {
      ...(parts.apiGroups.length > 0 ? { apiGroups: parts.apiGroups } : {}),
      ...(parts.resources.length > 0 ? { resources: parts.resources } : {}),
      ...(names.length > 0 ? { resourceNames: names } : {}),
      ...(urls.length > 0 ? { nonResourceURLs: urls } : {}),
      verbs: texts('verbs'),
    }
  })
}

function subjectsOf(existing: Unstructured, given: Unstructured, { removeExtraSubjects }: Wishes): unknown[] {
  const [own, wanted] = [list(dig(existing, 'subjects')), list(dig(given, 'subjects'))]
  const idOf = (subject: unknown) => ['kind', 'namespace', 'name'].map((field) => text(dig(subject, field))).join('|')
  const ids = own.map(idOf)
  const kept = removeExtraSubjects ? own.filter((one) => wanted.map(idOf).includes(idOf(one))) : own
  return [...kept, ...wanted.filter((one) => !ids.includes(idOf(one)))]
}

function sameRole(a: unknown, b: unknown): boolean {
  return ['kind', 'name'].every((field) => text(dig(a, field)) === text(dig(b, field)))
}
