import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'
import { tryParse } from '../quantities.ts'

const maxWindow = 3600
const maxPeriod = 1800
const selections = ['Disabled', 'Max', 'Min']
const policyTypes = ['Percent', 'Pods']

/** How fast to grow and to shrink. As `validateBehavior`. */
export function validateBehavior(
  behavior: DeepReadonly<HorizontalPodAutoscalerBehavior> | undefined,
  field: string,
): FieldError[] {
  return (['scaleUp', 'scaleDown'] as const).flatMap((name) => validateRules(behavior?.[name], `${field}.${name}`))
}

function validateRules(rules: DeepReadonly<HPAScalingRules> | undefined, field: string): FieldError[] {
  if (!rules) return []
  const { stabilizationWindowSeconds: window, selectPolicy, tolerance, policies = [] } = rules
  const errors: FieldError[] = []
  if (window !== undefined && window < 0) {
    errors.push(fieldInvalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'))
  }
  if (window !== undefined && window > maxWindow) {
    const detail = `must be less than or equal to ${maxWindow}`
    errors.push(fieldInvalid(`${field}.stabilizationWindowSeconds`, window, detail))
  }
  if (selectPolicy !== undefined && !selections.includes(selectPolicy)) {
    errors.push(fieldNotSupported(`${field}.selectPolicy`, selectPolicy, selections))
  }
  if (policies.length === 0) errors.push(fieldRequired(`${field}.policies`, 'must specify at least one Policy'))
  for (const [i, policy] of policies.entries()) {
    const at = `${field}.policies[${i}]`
    const { type = '', value = 0, periodSeconds = 0 } = policy
    if (!policyTypes.includes(type)) errors.push(fieldNotSupported(`${at}.type`, type, policyTypes))
    if (value <= 0) errors.push(fieldInvalid(`${at}.value`, value, 'must be greater than zero'))
    if (periodSeconds <= 0) {
      errors.push(fieldInvalid(`${at}.periodSeconds`, periodSeconds, 'must be greater than zero'))
    }
    if (periodSeconds > maxPeriod) {
      errors.push(fieldInvalid(`${at}.periodSeconds`, periodSeconds, `must be less than or equal to ${maxPeriod}`))
    }
  }
  const amount = tolerance === undefined ? undefined : tryParse(tolerance)
  if (amount && amount.sign() < 0) {
    errors.push(fieldInvalid(`${field}.tolerance`, amount.toString(), 'must be greater or equal to zero'))
  }
  return errors
}
