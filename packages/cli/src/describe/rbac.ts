import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding } from '@wherry/api'
import type { Lines } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

/** One rule for each resource or path, with the names and verbs that go with it. */
export interface FlatRule {
  resource: string
  paths: string
  names: string
  verbs: string
}

interface Part {
  group: string
  resource: string
  names: string[]
  paths: string[]
  verbs: string[]
}

/**
 * Takes rules apart, one for each resource, name and path; those of one resource are put together again. In the order of their text in
 * Go, as kubectl sorts them.
 */
export function flattenRules(rules: readonly PolicyRule[]): FlatRule[] {
  const parts = rules.flatMap(takeApart)
  const merged = new Map<string, Part>()
  const paths: Part[] = []
  for (const part of parts) {
    if (part.paths.length > 0) {
      paths.push(part)
      continue
    }
    const key = JSON.stringify([part.group, part.resource, part.names])
    const known = merged.get(key)
    if (known) known.verbs.push(...part.verbs.filter((verb) => !known.verbs.includes(verb)))
    else merged.set(key, { ...part, verbs: [...part.verbs] })
  }
  const all = [...merged.values(), ...paths].map((part) => ({ part, order: goText(part) }))
  all.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
  return all.map(({ part }) => ({
    resource: resourceText(part),
    paths: listText(part.paths),
    names: listText(part.names),
    verbs: listText(part.verbs),
  }))
}

function takeApart({
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
  verbs,
}: PolicyRule): Part[] {
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name])
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) => names.map((list) => ({ group, resource, names: list, paths: [], verbs }))),
    ),
    ...nonResourceURLs.map((path) => ({ group: '', resource: '', names: [], paths: [path], verbs })),
  ]
}

function listText(values: readonly string[]): string {
  return `[${values.join(' ')}]`
}

function goText({ group, resource, names, paths, verbs }: Part): string {
  const lists = [
    ['Verbs', verbs],
    ['APIGroups', [group]],
    ['Resources', resource === '' ? [] : [resource]],
    ['ResourceNames', names],
    ['NonResourceURLs', paths],
  ] as const
  return lists.map(([name, values]) => `${name}:${listText(values)},`).join('')
}

/** `deployments.apps/scale`: the group stands before the subresource. */
function resourceText({ group, resource }: Part): string {
  const [type = '', ...sub] = resource.split('/')
  return `${type}${group === '' ? '' : `.${group}`}${sub.length > 0 ? `/${sub.join('/')}` : ''}`
}

export function describeRole(lines: Lines, { metadata, rules }: Role | ClusterRole): void {
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, 'PolicyRule:')
  lines.line(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs')
  lines.line(1, '---------\t-----------------\t--------------\t-----')
  for (const rule of flattenRules(rules ?? [])) {
    lines.line(1, `${rule.resource}\t${rule.paths}\t${rule.names}\t${rule.verbs}`)
  }
}

export function describeBinding(
  lines: Lines,
  { metadata, roleRef, subjects = [] }: RoleBinding | ClusterRoleBinding,
): void {
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, 'Role:')
  lines.line(1, `Kind:\t${roleRef.kind}`)
  lines.line(1, `Name:\t${roleRef.name}`)
  lines.line(0, 'Subjects:')
  lines.line(1, 'Kind\tName\tNamespace')
  lines.line(1, '----\t----\t---------')
  for (const { kind, name, namespace = '' } of subjects) lines.line(1, `${kind}\t${name}\t${namespace}`)
}
