import { PodTemplate } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { containerColumns, formatLabels, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { setPodTemplateDefaults } from './pod/defaults.ts'
import { dropDisabledFields } from './pod/disabled-fields.ts'
import { templateWarnings } from './pod/warnings.ts'
import { validatePodTemplate } from './pod/validation/template.ts'

export const podTemplates = defineResource(PodTemplate, {
  generation: true,
  setDefaults: (object) => setPodTemplateDefaults(struct(object, 'template')),
  prepareForCreate: (object) => dropDisabledFields(object.template?.spec, undefined),
  prepareForUpdate: (object, old) => dropDisabledFields(object.template?.spec, old.template?.spec),
  validate: (object, old) => validatePodTemplate(object.template, 'template', old?.template),
  warnings: (object, old) => templateWarnings(object.template, old?.template, 'template'),
  columns: [
    nameColumn(),
    ...containerColumns<PodTemplate>((object) => object.template?.spec?.containers).map((c) => ({ ...c, priority: 0 })),
    { name: 'Pod Labels', type: 'string', value: (object) => formatLabels(object.template?.metadata?.labels) },
  ],
  deleteReturnsObject: true,
})
