import { DeviceClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const deviceClasses = defineResource(DeviceClass, {
  generation: true,
  deleteReturnsObject: true,
  columns: [nameColumn(), ageColumn()],
})
