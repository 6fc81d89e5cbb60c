import { ResourceClaimTemplate } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { setDeviceClaimDefaults } from './device-defaults.ts'

export const resourceClaimTemplates = defineResource(ResourceClaimTemplate, {
  setDefaults: (template) => setDeviceClaimDefaults(template.spec?.spec?.devices),
  validateUpdate: (template, old) => immutable('spec', template.spec, old.spec),
  deleteReturnsObject: true,
  columns: [nameColumn(), ageColumn()],
})
