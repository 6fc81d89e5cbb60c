import { ReplicationController } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { validateReplicaCounts } from '../apps/workload-validation.ts'
import { ageColumn, containerColumns, formatLabels, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { setPodTemplateDefaults } from './pod/defaults.ts'
import { dropDisabledFields } from './pod/disabled-fields.ts'
import { nameWarnings, templateWarnings } from './pod/warnings.ts'
import { validateControllerSpec } from './replication-controller-validation.ts'

export const replicationControllers = defineResource(ReplicationController, {
  shortNames: ['rc'],
  categories: ['all'],
  generation: true,
  setDefaults(controller) {
    const spec = struct(controller, 'spec')
    const labels = spec.template?.metadata?.labels
    if (labels) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
      if (Object.keys(controller.metadata.labels ?? {}).length === 0) controller.metadata.labels = { ...labels }
    }
    spec.replicas ??= 1
    if (spec.template) setPodTemplateDefaults(spec.template)
  },
  prepareForCreate: (controller) => dropDisabledFields(controller.spec?.template?.spec, undefined),
  prepareForUpdate: (controller, old) => dropDisabledFields(controller.spec?.template?.spec, old.spec?.template?.spec),
  validate: validateControllerSpec,
  warnings: (controller, old) => [
    ...(old ? [] : nameWarnings(controller.metadata.name)),
    ...templateWarnings(controller.spec?.template, old?.spec?.template, 'spec.template'),
  ],
  status: {
    initial: () => ({ replicas: 0 }),
    validateUpdate: ({ status = {} }) => {
      const whole = 'cannot be greater than status.replicas'
      const { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration } = status
      return validateReplicaCounts(
        { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration },
        [
          ['fullyLabeledReplicas', 'replicas', whole],
          ['readyReplicas', 'replicas', whole],
          ['availableReplicas', 'replicas', whole],
          ['availableReplicas', 'readyReplicas', 'cannot be greater than readyReplicas'],
        ],
      )
    },
  },
  scale: {
    replicas: (controller) => controller.spec?.replicas,
    statusReplicas: (controller) => controller.status?.replicas ?? 0,
    selector: (controller) => {
      const text = formatLabels(controller.spec?.selector)
      return text === '<none>' ? '' : text
    },
    setReplicas: (controller, replicas) => {
      struct(controller, 'spec').replicas = replicas
    },
  },
  columns: [
    nameColumn(),
    { name: 'Desired', type: 'integer', value: (controller) => controller.spec?.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: (controller) => controller.status?.replicas ?? 0 },
    { name: 'Ready', type: 'integer', value: (controller) => controller.status?.readyReplicas ?? 0 },
    ageColumn(),
    ...containerColumns<ReplicationController>((controller) => controller.spec?.template?.spec?.containers),
    { name: 'Selector', type: 'string', priority: 1, value: (controller) => formatLabels(controller.spec?.selector) },
  ],
  selectableFields: { 'status.replicas': (controller) => String(controller.status?.replicas ?? 0) },
})
