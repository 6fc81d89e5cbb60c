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

/** Takes rules apart: resources of groups, names and paths each on their own; what is the same is put together again. */
export function flattenRules(rules: readonly PolicyRule[]): FlatRule[] {
  const merged = new Map<string, { resource: string; paths: string[]; names: string[]; verbs: Set<string> }>()
  const add = (resource: string, paths: string[], names: string[], verbs: readonly string[]) => {
    const key = JSON.stringify([resource, paths, names])
    const known = merged.get(key) ?? { resource, paths, names, verbs: new Set<string>() }
    for (const verb of verbs) known.verbs.add(verb)
    merged.set(key, known)
  }
  for (const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs } of rules) {
    for (const resource of resources) {
      for (const group of apiGroups.length === 0 ? [''] : apiGroups) {
        const [type = '', ...sub] = resource.split('/')
        const full = `${type}${group === '' ? '' : `.${group}`}${sub.length > 0 ? `/${sub.join('/')}` : ''}`
        if (resourceNames.length === 0) add(full, [], [], verbs)
        for (const name of resourceNames) add(full, [], [name], verbs)
      }
    }
    for (const path of nonResourceURLs) add('', [path], [], verbs)
  }
  return [...merged.values()]
    .map(({ resource, paths, names, verbs }) => ({
      resource,
      paths: `[${paths.join(' ')}]`,
      names: `[${names.join(' ')}]`,
      verbs: `[${[...verbs].join(' ')}]`,
    }))
    .sort((a, b) => (a.resource < b.resource ? -1 : a.resource > b.resource ? 1 : a.names < b.names ? -1 : 1))
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
