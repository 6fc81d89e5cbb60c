import { PodDisruptionBudget } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  validateConditions,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { notMoreThan100Percent, validatePositiveIntOrPercent } from '../apps/workload-validation.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { ratchet } from '../core/pod/validation/context.ts'
import { nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'

export const podDisruptionBudgets = defineResource(PodDisruptionBudget, {
  shortNames: ['pdb'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(budget) {
    struct(budget, 'spec')
  },
  validate,
  status: {
    initial: () => ({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 }),
    validateUpdate: ({ status }) => [
      ...validateConditions(status?.conditions ?? [], 'status.conditions'),
      ...nonNegative('status.disruptionsAllowed', status?.disruptionsAllowed),
      ...nonNegative('status.currentHealthy', status?.currentHealthy),
      ...nonNegative('status.desiredHealthy', status?.desiredHealthy),
      ...nonNegative('status.expectedPods', status?.expectedPods),
    ],
  },
  columns: [
    nameColumn(),
    { name: 'Min Available', type: 'string', value: (budget) => String(budget.spec?.minAvailable ?? 'N/A') },
    { name: 'Max Unavailable', type: 'string', value: (budget) => String(budget.spec?.maxUnavailable ?? 'N/A') },
    { name: 'Allowed Disruptions', type: 'integer', value: (budget) => budget.status?.disruptionsAllowed ?? 0 },
    ageColumn(),
  ],
})

function validate(
  { spec = {} }: DeepReadonly<PodDisruptionBudget>,
  old?: DeepReadonly<PodDisruptionBudget>,
): FieldError[] {
  const errors: FieldError[] = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    const value = {
      MinAvailable: spec.minAvailable,
      Selector: spec.selector ?? null,
      MaxUnavailable: spec.maxUnavailable,
      UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
    }
    errors.push(fieldInvalid('spec', value, 'minAvailable and maxUnavailable cannot be both set'))
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[name] === undefined) continue
    errors.push(...validatePositiveIntOrPercent(`spec.${name}`, spec[name]))
    errors.push(...notMoreThan100Percent(`spec.${name}`, spec[name]))
  }
  errors.push(
    ...ratchet(validateLabelSelector(spec.selector, 'spec.selector'), () =>
      validateLabelSelector(old?.spec?.selector, ''),
    ),
  )
  const policy = spec.unhealthyPodEvictionPolicy
  if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget') {
    errors.push(fieldNotSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']))
  }
  return errors
}
