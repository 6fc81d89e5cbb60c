import type { LabelSelector } from '@wherry/api'
import { goQuote } from '../values/go-quote.ts'
import { compareUtf8, type DeepReadonly } from '../meta/deep.ts'
import { parseRequirements } from './label-parser.ts'
import { checkRequirement, fulfils, type LabelOperator, type LabelRequirement, requirementText } from './requirement.ts'

/** A compiled label selector: all its requirements must hold. */
export interface LabelMatcher {
  matches(labels: Readonly<Record<string, string>> | undefined): boolean
  /** Whether it matches everything. */
  readonly empty: boolean
  readonly requirements: readonly LabelRequirement[]
  /** The selector in its text form. */
  toString(): string
}

/** Throws with upstream's message where the text is no selector. The empty text matches everything. */
export function parseLabelSelector(text: string): LabelMatcher {
  return matcher(parseRequirements(text))
}

const selectorOperators: Readonly<Record<string, LabelOperator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
}

/**
 * The selector of an object's field: absent matches nothing, an empty one everything. Throws with upstream's message
 * where it is not valid. As upstream: meta/v1, `LabelSelectorAsSelector`.
 */
export function matcherOf(selector: DeepReadonly<LabelSelector> | undefined): LabelMatcher {
  if (selector === undefined || selector === null) return nothing
  const requirements = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] }),
  )
  for (const { key, operator: name, values = [] } of selector.matchExpressions ?? []) {
    const operator = Object.hasOwn(selectorOperators, name) ? selectorOperators[name] : undefined
    if (operator === undefined) throw new Error(`${goQuote(name)} is not a valid label selector operator`)
    requirements.push({ key, operator, values })
  }
  for (const requirement of requirements) checkRequirement(requirement)
  return matcher(requirements.sort((a, b) => compareUtf8(a.key, b.key)))
}

/** Matches objects that carry all these labels. Keys and values are taken as they are. */
export function labelsMatcher(set: Readonly<Record<string, string>> | undefined): LabelMatcher {
  const requirements = Object.entries(set ?? {})
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([key, value]): LabelRequirement => ({ key, operator: '=', values: [value] }))
  return matcher(requirements)
}

function matcher(requirements: readonly LabelRequirement[]): LabelMatcher {
  return {
    requirements,
    empty: requirements.length === 0,
    matches: (labels) => requirements.every((requirement) => fulfils(requirement, labels)),
    toString: () => requirements.map(requirementText).join(','),
  }
}

/** What an absent selector is. */
const nothing: LabelMatcher = { requirements: [], empty: false, matches: () => false, toString: () => '' }
