import type { PolicyRule } from '@wherry/api'
import { type DeepReadonly, goQuote } from '@wherry/apimachinery'
import { urlCovers } from '@wherry/component-helpers'
import type { AuthorizationAttributes } from './attributes.ts'

export { compactRules, uncoveredRules } from '@wherry/component-helpers'

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
