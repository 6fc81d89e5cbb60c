import { DaemonSet, type DaemonSetUpdateStrategy } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, formatLabelSelector, formatLabels, nameColumn } from '../columns.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { ratchet } from '../core/pod/validation/context.ts'
import { validatePodTemplate } from '../core/pod/validation/template.ts'
import { templateWarnings } from '../core/pod/warnings.ts'
import { immutable, nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import {
  intOrPercentNumber,
  isEmptySelector,
  notDecremented,
  notMoreThan100Percent,
  validatePositiveIntOrPercent,
  validateReplicaCounts,
  validateRestarts,
  validateSelected,
} from './workload-validation.ts'

export const daemonSets = defineResource(DaemonSet, {
  shortNames: ['ds'],
  categories: ['all'],
  generation: true,
  setDefaults(set) {
    const spec = struct(set, 'spec')
    setPodTemplateDefaults(struct(spec, 'template'))
    const strategy = struct(spec, 'updateStrategy')
    strategy.type ||= 'RollingUpdate'
    if (strategy.type === 'RollingUpdate') {
      const rollingUpdate = struct(strategy, 'rollingUpdate')
      rollingUpdate.maxUnavailable ??= 1
      rollingUpdate.maxSurge ??= 0
    }
    spec.revisionHistoryLimit ??= 10
  },
  prepareForCreate: (set) => dropDisabledFields(set.spec?.template?.spec, undefined),
  prepareForUpdate: (set, old) => dropDisabledFields(set.spec?.template?.spec, old.spec?.template?.spec),
  warnings: (set, old) => templateWarnings(set.spec?.template, old?.spec?.template, 'spec.template'),
  validate,
  validateUpdate: (set, old) => immutable('spec.selector', set.spec?.selector, old.spec?.selector),
  status: {
    initial: () => ({ currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 }),
    validateUpdate: ({ status }, old) => [
      ...validateReplicaCounts(
        {
          currentNumberScheduled: status?.currentNumberScheduled,
          numberMisscheduled: status?.numberMisscheduled,
          desiredNumberScheduled: status?.desiredNumberScheduled,
          numberReady: status?.numberReady,
          observedGeneration: status?.observedGeneration,
          updatedNumberScheduled: status?.updatedNumberScheduled,
          numberAvailable: status?.numberAvailable,
          numberUnavailable: status?.numberUnavailable,
          collisionCount: status?.collisionCount,
        },
        [],
      ),
      ...notDecremented(status?.collisionCount, old.status?.collisionCount),
    ],
  },
  columns: [
    nameColumn(),
    { name: 'Desired', type: 'integer', value: (set) => set.status?.desiredNumberScheduled ?? 0 },
    { name: 'Current', type: 'integer', value: (set) => set.status?.currentNumberScheduled ?? 0 },
    { name: 'Ready', type: 'integer', value: (set) => set.status?.numberReady ?? 0 },
    { name: 'Up-to-date', type: 'integer', value: (set) => set.status?.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', value: (set) => set.status?.numberAvailable ?? 0 },
    { name: 'Node Selector', type: 'string', value: (set) => formatLabels(set.spec?.template.spec?.nodeSelector) },
    ageColumn(),
    ...containerColumns<DaemonSet>((set) => set.spec?.template.spec?.containers),
    { name: 'Selector', type: 'string', priority: 1, value: (set) => formatLabelSelector(set.spec?.selector) },
  ],
})

function validate({ spec }: DeepReadonly<DaemonSet>, old?: DeepReadonly<DaemonSet>): FieldError[] {
  const selector = spec?.selector
  const before = old?.spec?.selector
  const errors = ratchet(validateLabelSelector(selector, 'spec.selector'), () => validateLabelSelector(before, ''))
  errors.push(...validateSelected(spec?.template, selector, 'spec.template'))
  if (selector && isEmptySelector(selector)) {
    errors.push(fieldInvalid('spec.selector', selector, 'empty selector is invalid for daemonset'))
  }
  return [
    ...errors,
    ...validatePodTemplate(spec?.template, 'spec.template', old?.spec?.template),
    ...validateRestarts(spec?.template, 'spec.template', 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateStrategy(spec?.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ]
}

function validateStrategy({ type, rollingUpdate }: DeepReadonly<DaemonSetUpdateStrategy>): FieldError[] {
  if (type === 'OnDelete') return []
  if (type !== 'RollingUpdate') {
    const value = { Type: type ?? '', RollingUpdate: rollingUpdate ?? null }
    return [fieldNotSupported('spec.updateStrategy', value, ['RollingUpdate', 'OnDelete'])]
  }
  const field = 'spec.updateStrategy.rollingUpdate'
  if (!rollingUpdate) return [fieldRequired(field)]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const errors = [
    ...validatePositiveIntOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...validatePositiveIntOrPercent(`${field}.maxSurge`, maxSurge),
    ...notMoreThan100Percent(`${field}.maxUnavailable`, maxUnavailable),
    ...notMoreThan100Percent(`${field}.maxSurge`, maxSurge),
  ]
  const unavailable = intOrPercentNumber(maxUnavailable) !== 0
  const surge = intOrPercentNumber(maxSurge) !== 0
  if (unavailable && surge) {
    errors.push(fieldInvalid(`${field}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'))
  } else if (!unavailable && !surge) {
    errors.push(fieldRequired(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  }
  return errors
}
