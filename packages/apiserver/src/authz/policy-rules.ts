import type { PolicyRule } from '@wherry/api'
import { type DeepReadonly, goQuote } from '@wherry/apimachinery'
import type { AuthorizationAttributes } from './attributes.ts'

export type Rule = DeepReadonly<PolicyRule>

/** Whether one RBAC rule covers a request (upstream `pkg/apis/rbac/v1/evaluation_helpers.go`). */
export function ruleAllows(rule: Rule, a: AuthorizationAttributes): boolean {
  if (!has(rule.verbs, a.verb)) return false
  if (!a.resourceRequest) return (rule.nonResourceURLs ?? []).some((url) => urlCovers(url, a.path))
  return (
    has(rule.apiGroups, a.apiGroup) &&
    resourceMatches(rule, a.resource, a.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(a.name))
  )
}

function has(allowed: readonly string[] | undefined, wanted: string): boolean {
  return allowed !== undefined && (allowed.includes('*') || allowed.includes(wanted))
}

// A star covers all, `pods/log` itself, and a star before `/scale` every resource's scale.
function resourceMatches(rule: Rule, resource: string, subresource: string): boolean {
  const allowed = rule.resources
  if (allowed === undefined) return false
  if (has(allowed, subresource === '' ? resource : `${resource}/${subresource}`)) return true
  return subresource !== '' && allowed.includes(`*/${subresource}`)
}

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

function urlCovers(held: string, wanted: string): boolean {
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

/** A rule as upstream prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText(rule: Rule): string {
  const parts: string[] = []
  const add = (name: string, values: readonly string[] | undefined) => {
    if (values?.length) parts.push(`${name}:${quotedList(values)}`)
  }
  add('APIGroups', rule.apiGroups)
  add('Resources', rule.resources)
  add('NonResourceURLs', rule.nonResourceURLs)
  add('ResourceNames', rule.resourceNames)
  add('Verbs', rule.verbs)
  return `{${parts.join(', ')}}`
}

/** Go's `%q` of a list of strings. */
export function quotedList(values: readonly string[]): string {
  return `[${values.map((value) => goQuote(value)).join(' ')}]`
}
