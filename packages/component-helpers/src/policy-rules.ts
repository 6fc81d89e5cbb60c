import type { PolicyRule } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

type Rule = DeepReadonly<PolicyRule>

/**
 * Splits `wanted` into simple rules, and returns those that `held` does not cover: what a role may not grant
 * (upstream `component-helpers/auth/rbac/validation/policy_comparator.go`).
 */
export function uncoveredRules(held: readonly Rule[], wanted: readonly Rule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((simple) => !held.some((rule) => covers(rule, simple)))
}

/** One rule a verb, group, resource and name, or a verb and URL. */
function breakDown(rule: Rule): PolicyRule[] {
  const simple: PolicyRule[] = []
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const one = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (!rule.resourceNames?.length) simple.push(one)
        else for (const name of rule.resourceNames) simple.push({ ...one, resourceNames: [name] })
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) simple.push({ nonResourceURLs: [url], verbs: [verb] })
  }
  return simple
}

function covers(held: Rule, simple: PolicyRule): boolean {
  const all = (allowed: readonly string[] | undefined, wanted: readonly string[] | undefined) =>
    (wanted ?? []).every((one) => has(allowed, one))
  if (!all(held.verbs, simple.verbs)) return false
  if (simple.nonResourceURLs?.length) {
    return simple.nonResourceURLs.every((url) => (held.nonResourceURLs ?? []).some((own) => urlCovers(own, url)))
  }
  return (
    all(held.apiGroups, simple.apiGroups) &&
    (simple.resources ?? []).every((resource) => resourceCovers(held.resources ?? [], resource)) &&
    namesCover(held.resourceNames, simple.resourceNames)
  )
}

/** Whether a path is one that a rule names; a star at the end stands for the rest. */
export function urlCovers(held: string, wanted: string): boolean {
  if (held === '*' || held === wanted) return true
  return held.endsWith('*') && wanted.startsWith(held.replace(/\*+$/, ''))
}

function resourceCovers(held: readonly string[], wanted: string): boolean {
  if (has(held, wanted)) return true
  const slash = wanted.indexOf('/')
  return slash >= 0 && held.includes(`*${wanted.slice(slash)}`)
}

function namesCover(held: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  if (!held?.length) return true
  return wanted !== undefined && wanted.length > 0 && wanted.every((name) => held.includes(name))
}

/**
 * Joins rules that differ only in their verbs, as upstream's `CompactRules` does before it shows them.
 */
export function compactRules(rules: readonly Rule[]): PolicyRule[] {
  const compact = new Map<string, PolicyRule>()
  for (const rule of rules) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames, rule.nonResourceURLs])
    const same = compact.get(key)
    if (same) same.verbs.push(...rule.verbs.filter((verb) => !same.verbs.includes(verb)))
    else compact.set(key, copyRule(rule))
  }
  return [...compact.values()]
}

function copyRule(rule: Rule): PolicyRule {
  const copy: PolicyRule = { verbs: [...rule.verbs] }
  if (rule.apiGroups) copy.apiGroups = [...rule.apiGroups]
  if (rule.resources) copy.resources = [...rule.resources]
  if (rule.resourceNames) copy.resourceNames = [...rule.resourceNames]
  if (rule.nonResourceURLs) copy.nonResourceURLs = [...rule.nonResourceURLs]
  return copy
}

function has(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted))
}
