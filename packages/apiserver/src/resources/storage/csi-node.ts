import { CSINode } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const csiNodes = defineResource(CSINode, {
  allowUnconditionalUpdate: false,
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Drivers', type: 'integer', value: ({ spec }) => spec?.drivers?.length ?? 0 },
    ageColumn(),
  ],
})
