import type { PolicyRule } from '@wherry/api'

/** Short forms of what many roles say. */
export const read = 'get list watch'
export const write = 'create update patch delete deletecollection'

/** A policy rule from words: `rule('get list', 'core apps', 'pods deployments/scale')`; `core` is the empty group. */
export function rule(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: verbs.split(' '),
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
    ...(names === undefined ? {} : { resourceNames: names.split(' ') }),
  }
}

/** A rule for paths that are not resources. */
export function urlRule(verbs: string, urls: string): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: urls.split(' ') }
}

/** What every component that records events may do. */
export const recordEvents = rule('create update patch', 'core events.k8s.io', 'events')
