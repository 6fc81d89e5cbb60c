import type { Container } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
} from '@wherry/apimachinery'

const policies = ['Always', 'Never', 'OnFailure']
const actions = ['Restart']
const operators = ['In', 'NotIn']
const maxRules = 20
const maxExitCodes = 255

/** A container's own restart policy and its rules (KEP-5307). As `validateContainerRestartPolicy`. */
export function validateRestartRules(
  { restartPolicy, restartPolicyRules: rules = [] }: DeepReadonly<Container>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (restartPolicy === undefined) {
    if (rules.length > 0) {
      const detail = 'must specify restartPolicy when restart rules are used'
      errors.push(fieldRequired(`${field}.restartPolicy`, detail))
    }
  } else if (!policies.includes(restartPolicy)) {
    errors.push(fieldNotSupported(`${field}.restartPolicy`, restartPolicy, policies))
  }
  if (rules.length > maxRules) errors.push(fieldTooMany(`${field}.restartPolicyRules`, rules.length, maxRules))
  for (const [i, { action = '', exitCodes }] of rules.entries()) {
    const at = `${field}.restartPolicyRules[${i}]`
    if (!actions.includes(action)) errors.push(fieldNotSupported(`${at}.action`, action, actions))
    if (!exitCodes) {
      errors.push(fieldRequired(`${at}.exitCodes`, 'must be specified'))
      continue
    }
    const { operator = '', values = [] } = exitCodes
    if (!operators.includes(operator)) {
      errors.push(fieldNotSupported(`${at}.exitCodes.operator`, operator, operators))
    }
    if (values.length > maxExitCodes) {
      errors.push(fieldTooMany(`${at}.exitCodes.values`, values.length, maxExitCodes))
    }
  }
  return errors
}
