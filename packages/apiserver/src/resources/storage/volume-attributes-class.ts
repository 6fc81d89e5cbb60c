import { VolumeAttributesClass } from '@wherry/api'
import { fieldForbidden, semanticEqual } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateDriverName } from '../core/volume-sources.ts'
import { validateParameters } from './parameters.ts'

export const volumeAttributesClasses = defineResource(VolumeAttributesClass, {
  shortNames: ['vac'],
  validate: ({ driverName = '', parameters }) => [
    ...validateDriverName(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters', false),
  ],
  validateUpdate(object, old) {
    return (['driverName', 'parameters'] as const).flatMap((field) =>
      semanticEqual(object[field], old[field]) ? [] : [fieldForbidden(field, `updates to ${field} are forbidden.`)],
    )
  },
  deleteReturnsObject: true,
  columns: [nameColumn(), { name: 'DriverName', type: 'string', value: (object) => object.driverName }, ageColumn()],
})
