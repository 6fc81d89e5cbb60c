import { ReplicaSet } from '@wherry/api'
import type { DeepReadonly, FieldError } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, formatLabelSelector, nameColumn, selectorText } from '../columns.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { nameWarnings, templateWarnings } from '../core/pod/warnings.ts'
import { immutable, nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import { validateReplicaCounts, validateWorkloadSelector, validateWorkloadTemplate } from './workload-validation.ts'

export const replicaSets = defineResource(ReplicaSet, {
  shortNames: ['rs'],
  categories: ['all'],
  generation: true,
  setDefaults(set) {
    const spec = struct(set, 'spec')
    spec.replicas ??= 1
    setPodTemplateDefaults(struct(spec, 'template'))
  },
  prepareForCreate: (set) => dropDisabledFields(set.spec?.template?.spec, undefined),
  prepareForUpdate: (set, old) => dropDisabledFields(set.spec?.template?.spec, old.spec?.template?.spec),
  warnings: (set, old) => [
    ...(old ? [] : nameWarnings(set.metadata.name)),
    ...templateWarnings(set.spec?.template, old?.spec?.template, 'spec.template'),
  ],
  validate: ({ spec }, old) => [
    ...nonNegative('spec.replicas', spec?.replicas),
    ...nonNegative('spec.minReadySeconds', spec?.minReadySeconds),
    ...validateWorkloadSelector(spec?.selector, 'spec.selector', 'deployment'),
    ...validateWorkloadTemplate(spec, 'ReplicaSet', old?.spec?.template),
  ],
  validateUpdate: (set, old) => immutable('spec.selector', set.spec?.selector, old.spec?.selector),
  status: { initial: () => ({ replicas: 0 }), validateUpdate: validateStatus },
  scale: {
    replicas: (set) => set.spec?.replicas,
    statusReplicas: (set) => set.status?.replicas ?? 0,
    selector: (set) => selectorText(set.spec?.selector),
    setReplicas: (set, replicas) => {
      struct(set, 'spec').replicas = replicas
    },
  },
  columns: [
    nameColumn(),
    { name: 'Desired', type: 'integer', value: (set) => set.spec?.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: (set) => set.status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: (set) => set.status?.readyReplicas ?? 0 },
    ageColumn(),
    ...containerColumns<ReplicaSet>((set) => set.spec?.template?.spec?.containers),
    { name: 'Selector', type: 'string', priority: 1, value: (set) => formatLabelSelector(set.spec?.selector) },
  ],
  selectableFields: { 'status.replicas': (set) => String(set.status?.replicas ?? 0) },
})

function validateStatus({ status }: DeepReadonly<ReplicaSet>): FieldError[] {
  const whole = 'cannot be greater than status.replicas'
  return [
    ...validateReplicaCounts(
      {
        replicas: status?.replicas,
        fullyLabeledReplicas: status?.fullyLabeledReplicas,
        readyReplicas: status?.readyReplicas,
        availableReplicas: status?.availableReplicas,
        observedGeneration: status?.observedGeneration,
      },
      [
        ['fullyLabeledReplicas', 'replicas', whole],
        ['readyReplicas', 'replicas', whole],
        ['availableReplicas', 'replicas', whole],
        ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
      ],
    ),
  ]
}
