import { VolumeAttributesClass } from '@wherry/api'
import { type FieldError, fieldForbidden, fieldRequired, semanticEqual } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const volumeAttributesClasses = defineResource(VolumeAttributesClass, {
  shortNames: ['vac'],
  validate({ driverName, parameters }) {
    const errors: FieldError[] = driverName ? [] : [fieldRequired('driverName')]
    if (Object.keys(parameters ?? {}).length === 0) {
      errors.push(fieldRequired('parameters', 'must contain at least one key/value pair'))
    }
    return errors
  },
  validateUpdate(object, old) {
    return (['driverName', 'parameters'] as const).flatMap((field) =>
      semanticEqual(object[field], old[field]) ? [] : [fieldForbidden(field, `updates to ${field} are forbidden.`)],
    )
  },
  deleteReturnsObject: true,
  columns: [nameColumn(), { name: 'DriverName', type: 'string', value: (object) => object.driverName }, ageColumn()],
})
