import { PodDisruptionBudget } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { notMoreThan100Percent, validatePositiveIntOrPercent } from '../apps/workload-validation.ts'
import { ageColumn, nameColumn } from '../columns.ts'
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

function validate({ spec = {} }: DeepReadonly<PodDisruptionBudget>): FieldError[] {
  const errors: FieldError[] = []
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(fieldInvalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'))
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[name] === undefined) continue
    errors.push(...validatePositiveIntOrPercent(`spec.${name}`, spec[name]))
    errors.push(...notMoreThan100Percent(`spec.${name}`, spec[name]))
  }
  if (spec.selector) errors.push(...validateLabelSelector(spec.selector, 'spec.selector'))
  const policy = spec.unhealthyPodEvictionPolicy
  if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget') {
    errors.push(fieldNotSupported('spec.unhealthyPodEvictionPolicy', policy, ['AlwaysAllow', 'IfHealthyBudget']))
  }
  return errors
}
