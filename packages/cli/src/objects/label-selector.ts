import type { LabelSelector } from '@wherry/api'
import type { LabelMatcher } from '@wherry/apimachinery'
import { CommandError } from '../errors.ts'

const names: Record<string, string> = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' }

/** A parsed selector as the object that workloads and budgets carry. */
export function labelSelectorOf(matcher: LabelMatcher): LabelSelector {
  const matchLabels: Record<string, string> = {}
  const matchExpressions: NonNullable<LabelSelector['matchExpressions']> = []
  for (const { key, operator, values } of matcher.requirements) {
    const [value] = values
    if ((operator === '=' || operator === '==') && value !== undefined) matchLabels[key] = value
    else {
      if (operator === '!=' || operator === 'gt' || operator === 'lt') {
        throw new CommandError(`${JSON.stringify(operator)} is not a valid label selector operator`)
      }
      const some = values.length > 0 && { values: [...values] }
      matchExpressions.push({ key, operator: names[operator] ?? operator, ...some })
    }
  }
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  }
}
