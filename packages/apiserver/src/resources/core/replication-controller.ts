import { ReplicationController } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, formatLabels, nameColumn } from '../columns.ts'
import { nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import { setPodTemplateDefaults } from './pod/defaults.ts'
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
  validate: validateControllerSpec,
  status: {
    initial: () => ({ replicas: 0 }),
    validateUpdate: ({ status }) => [
      ...nonNegative('status.replicas', status?.replicas),
      ...nonNegative('status.fullyLabeledReplicas', status?.fullyLabeledReplicas),
      ...nonNegative('status.readyReplicas', status?.readyReplicas),
      ...nonNegative('status.availableReplicas', status?.availableReplicas),
      ...nonNegative('status.observedGeneration', status?.observedGeneration),
    ],
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
