import type { HorizontalPodAutoscaler, HPAScalingRules, MetricSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isPathSegmentName,
} from '@wherry/apimachinery'

/** As pkg/apis/autoscaling/validation `ValidateHorizontalPodAutoscaler`. */
export function validateAutoscaler({ spec }: DeepReadonly<HorizontalPodAutoscaler>): FieldError[] {
  const errors: FieldError[] = []
  const min = spec?.minReplicas
  const max = spec?.maxReplicas ?? 0
  if (min !== undefined && min < 1) {
    errors.push(fieldInvalid('spec.minReplicas', min, 'must be greater than or equal to 1'))
  }
  if (max < 1) errors.push(fieldInvalid('spec.maxReplicas', max, 'must be greater than 0'))
  if (min !== undefined && max < min) {
    errors.push(fieldInvalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  }
  errors.push(...validateReference(spec?.scaleTargetRef, 'spec.scaleTargetRef'))
  errors.push(...(spec?.metrics ?? []).flatMap((metric, i) => validateMetric(metric, `spec.metrics[${i}]`)))
  errors.push(...validateRules(spec?.behavior?.scaleUp, 'spec.behavior.scaleUp'))
  errors.push(...validateRules(spec?.behavior?.scaleDown, 'spec.behavior.scaleDown'))
  return errors
}

function validateReference(reference: { kind?: string; name?: string } | undefined, field: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap((name) => {
    const value = reference?.[name]
    if (!value) return [fieldRequired(`${field}.${name}`)]
    return isPathSegmentName(value).map((detail) => fieldInvalid(`${field}.${name}`, value, detail))
  })
}

const sources: Readonly<Record<string, 'object' | 'pods' | 'resource' | 'containerResource' | 'external'>> = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
  External: 'external',
}

function validateMetric(metric: DeepReadonly<MetricSpec>, field: string): FieldError[] {
  if (!metric.type) return [fieldRequired(`${field}.type`, 'must specify a metric source type')]
  const wanted = Object.hasOwn(sources, metric.type) ? sources[metric.type] : undefined
  if (wanted === undefined) return [fieldNotSupported(`${field}.type`, metric.type, Object.keys(sources).sort())]
  if (metric[wanted] === undefined) {
    return [fieldRequired(`${field}.${wanted}`, 'must populate information for the given metric source')]
  }
  return Object.values(sources)
    .filter((name) => name !== wanted && metric[name] !== undefined)
    .map((name) => fieldForbidden(`${field}.${name}`, 'must populate the given metric source only'))
}

const maxWindow = 3600

function validateRules(rules: DeepReadonly<HPAScalingRules> | undefined, field: string): FieldError[] {
  if (!rules) return []
  const errors: FieldError[] = []
  const window = rules.stabilizationWindowSeconds
  if (window !== undefined && window < 0) {
    errors.push(fieldInvalid(`${field}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'))
  }
  if (window !== undefined && window > maxWindow) {
    const detail = `must be less than or equal to ${maxWindow}`
    errors.push(fieldInvalid(`${field}.stabilizationWindowSeconds`, window, detail))
  }
  const select = rules.selectPolicy
  if (select !== undefined && !['Max', 'Min', 'Disabled'].includes(select)) {
    errors.push(fieldNotSupported(`${field}.selectPolicy`, select, ['Disabled', 'Max', 'Min']))
  }
  const policies = rules.policies ?? []
  if (policies.length === 0) errors.push(fieldRequired(`${field}.policies`, 'must specify at least one Policy'))
  for (const [i, policy] of policies.entries()) {
    const at = `${field}.policies[${i}]`
    if (policy.type !== 'Pods' && policy.type !== 'Percent') {
      errors.push(fieldNotSupported(`${at}.type`, policy.type, ['Percent', 'Pods']))
    }
    if (policy.value <= 0) errors.push(fieldInvalid(`${at}.value`, policy.value, 'must be greater than zero'))
    if (policy.periodSeconds <= 0) {
      errors.push(fieldInvalid(`${at}.periodSeconds`, policy.periodSeconds, 'must be greater than zero'))
    }
    if (policy.periodSeconds > 1800) {
      errors.push(fieldInvalid(`${at}.periodSeconds`, policy.periodSeconds, 'must be less than or equal to 1800'))
    }
  }
  return errors
}
