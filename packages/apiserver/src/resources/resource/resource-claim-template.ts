import { ResourceClaimTemplate } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  validateAnnotations,
  validateLabels,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { struct } from '../structs.ts'
import { refuseAdminAccess } from './admin-access.ts'
import { validateDeviceClaim } from './claim-validation.ts'
import { setDeviceClaimDefaults } from './device-defaults.ts'

export const resourceClaimTemplates = defineResource(ResourceClaimTemplate, {
  setDefaults(template) {
    setDeviceClaimDefaults(struct(struct(template, 'spec'), 'spec').devices)
  },
  async begin(template, _old, behaviours) {
    refuseAdminAccess(ResourceClaimTemplate, template.metadata, template.spec.spec.devices, 'spec.spec', behaviours)
    return undefined
  },
  // The spec does not change, so that there is nothing to check again.
  validate: (template, old) => (old ? [] : validateTemplate(template)),
  validateUpdate: (template, old) => immutable('spec', template.spec, old.spec),
  deleteReturnsObject: true,
  columns: [nameColumn(), ageColumn()],
})

function validateTemplate({ spec }: DeepReadonly<ResourceClaimTemplate>): FieldError[] {
  const { annotations, labels, ...others } = spec.metadata ?? {}
  return [
    ...validateAnnotations(annotations, 'spec.metadata.annotations'),
    ...validateLabels(labels, 'spec.metadata.labels'),
    ...Object.entries(others)
      .filter(([, value]) => value !== undefined && value !== '' && value !== null)
      .map(([name]) => fieldForbidden(`spec.metadata.${name}`, 'cannot be set')),
    ...validateDeviceClaim(spec.spec.devices, 'spec.spec.devices'),
  ]
}
