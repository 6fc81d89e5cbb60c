import { Deployment, type DeploymentStrategy } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, nameColumn, selectorText } from '../columns.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { nameWarnings, templateWarnings } from '../core/pod/warnings.ts'
import { immutable, nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import {
  intOrPercentNumber,
  notDecremented,
  notMoreThan100Percent,
  validatePositiveIntOrPercent,
  validateReplicaCounts,
  validateWorkloadSelector,
  validateWorkloadTemplate,
} from './workload-validation.ts'

export const deployments = defineResource(Deployment, {
  shortNames: ['deploy'],
  categories: ['all'],
  generation: true,
  setDefaults(deployment) {
    const spec = struct(deployment, 'spec')
    setPodTemplateDefaults(struct(spec, 'template'))
    spec.replicas ??= 1
    const strategy = struct(spec, 'strategy')
    strategy.type ||= 'RollingUpdate'
    if (strategy.type === 'RollingUpdate') {
      const rollingUpdate = struct(strategy, 'rollingUpdate')
      rollingUpdate.maxUnavailable ??= '25%'
      rollingUpdate.maxSurge ??= '25%'
    }
    spec.revisionHistoryLimit ??= 10
    spec.progressDeadlineSeconds ??= 600
  },
  prepareForCreate: (deployment) => dropDisabledFields(deployment.spec?.template?.spec, undefined),
  prepareForUpdate: (deployment, old) => dropDisabledFields(deployment.spec?.template?.spec, old.spec?.template?.spec),
  warnings: (deployment, old) => [
    ...(old ? [] : nameWarnings(deployment.metadata.name)),
    ...templateWarnings(deployment.spec?.template, old?.spec?.template, 'spec.template'),
  ],
  validate,
  validateUpdate: (deployment, old) => immutable('spec.selector', deployment.spec?.selector, old.spec?.selector),
  status: { initial: () => ({}), validateUpdate: validateStatus },
  scale: {
    replicas: (deployment) => deployment.spec?.replicas,
    statusReplicas: (deployment) => deployment.status?.replicas ?? 0,
    selector: (deployment) => selectorText(deployment.spec?.selector),
    setReplicas: (deployment, replicas) => {
      struct(deployment, 'spec').replicas = replicas
    },
  },
  columns: [
    nameColumn(),
    {
      name: 'Ready',
      type: 'string',
      value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    { name: 'Up-to-date', type: 'string', value: (deployment) => deployment.status?.updatedReplicas ?? 0 },
    { name: 'Available', type: 'string', value: (deployment) => deployment.status?.availableReplicas ?? 0 },
    ageColumn(),
    ...containerColumns<Deployment>((deployment) => deployment.spec?.template.spec?.containers),
    { name: 'Selector', type: 'string', priority: 1, value: (deployment) => selectorText(deployment.spec?.selector) },
  ],
})

function validate({ spec }: DeepReadonly<Deployment>, old?: DeepReadonly<Deployment>): FieldError[] {
  const errors = [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...validateWorkloadSelector(spec?.selector, 'spec.selector', 'deployment'),
    ...validateWorkloadTemplate(spec, 'ReplicaSet', old?.spec?.template),
    ...validateStrategy(spec?.strategy ?? {}),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec?.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', spec?.progressDeadlineSeconds),
  ]
  const deadline = spec?.progressDeadlineSeconds
  if (deadline !== undefined && deadline <= (spec?.minReadySeconds ?? 0)) {
    errors.push(fieldInvalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'))
  }
  return errors
}

function validateStrategy({ type, rollingUpdate }: DeepReadonly<DeploymentStrategy>): FieldError[] {
  const field = 'spec.strategy.rollingUpdate'
  if (type === 'Recreate') {
    return rollingUpdate ? [fieldForbidden(field, "may not be specified when strategy `type` is 'Recreate'")] : []
  }
  if (type !== 'RollingUpdate') {
    const value = { Type: type ?? '', RollingUpdate: rollingUpdate ?? null }
    return [fieldNotSupported('spec.strategy', value, ['Recreate', 'RollingUpdate'])]
  }
  if (!rollingUpdate) return [fieldRequired(field, 'this should be defaulted and never be nil')]
  const { maxUnavailable, maxSurge } = rollingUpdate
  const errors = [
    ...validatePositiveIntOrPercent(`${field}.maxUnavailable`, maxUnavailable),
    ...validatePositiveIntOrPercent(`${field}.maxSurge`, maxSurge),
  ]
  if (intOrPercentNumber(maxUnavailable) === 0 && intOrPercentNumber(maxSurge) === 0) {
    errors.push(fieldInvalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'))
  }
  return [...errors, ...notMoreThan100Percent(`${field}.maxUnavailable`, maxUnavailable)]
}

function validateStatus({ status = {} }: DeepReadonly<Deployment>, old: DeepReadonly<Deployment>): FieldError[] {
  const { replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas } = status
  const whole = 'cannot be greater than status.replicas'
  const errors = [
    ...nonNegative('status.observedGeneration', status.observedGeneration),
    ...validateReplicaCounts({ replicas, updatedReplicas, readyReplicas, availableReplicas, unavailableReplicas }, [
      ['updatedReplicas', 'replicas', whole],
      ['readyReplicas', 'replicas', whole],
      ['availableReplicas', 'replicas', whole],
      ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
    ]),
  ]
  const collisions = status.collisionCount
  if (collisions !== undefined) errors.push(...nonNegative('status.collisionCount', collisions))
  errors.push(...notDecremented(collisions, old.status?.collisionCount))
  return errors
}
