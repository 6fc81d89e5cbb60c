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
import { immutable, nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import {
  intOrPercentNumber,
  isEmptySelector,
  notMoreThan100Percent,
  validatePositiveIntOrPercent,
  validateReplicaCounts,
  validateWorkloadTemplate,
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
  validate,
  validateUpdate: (set, old) => immutable('spec.selector', set.spec?.selector, old.spec?.selector),
  status: {
    initial: () => ({ currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 }),
    validateUpdate: ({ status }) =>
      validateReplicaCounts(
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

function validate({ spec }: DeepReadonly<DaemonSet>): FieldError[] {
  const errors: FieldError[] = []
  if (spec?.selector !== undefined) {
    errors.push(...validateLabelSelector(spec.selector, 'spec.selector'))
    if (isEmptySelector(spec.selector)) {
      errors.push(fieldInvalid('spec.selector', spec.selector, 'empty selector is invalid for daemonset'))
    }
  }
  return [
    ...errors,
    ...validateWorkloadTemplate(spec?.template, spec?.selector, 'spec.template', 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateStrategy(spec?.updateStrategy ?? {}),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
  ]
}

function validateStrategy({ type, rollingUpdate }: DeepReadonly<DaemonSetUpdateStrategy>): FieldError[] {
  if (type === 'OnDelete') return []
  if (type !== 'RollingUpdate') {
    return [fieldNotSupported('spec.updateStrategy.type', type, ['RollingUpdate', 'OnDelete'])]
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
