import { DeviceClass } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, isQualifiedName, semanticEqual } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateList } from '../lists.ts'
import { struct } from '../structs.ts'
import { maxConfig, validateConfiguration, validateSelectors } from './claim-validation.ts'

export const deviceClasses = defineResource(DeviceClass, {
  generation: true,
  setDefaults(object) {
    struct(object, 'spec')
  },
  validate,
  deleteReturnsObject: true,
  columns: [nameColumn(), ageColumn()],
})

/** As pkg/apis/resource/validation `ValidateDeviceClass`; what is stored already keeps its size. */
function validate({ spec }: DeepReadonly<DeviceClass>, old?: DeepReadonly<DeviceClass>): FieldError[] {
  const { selectors, config, extendedResourceName } = spec ?? {}
  const same = (key: 'selectors' | 'config') => old !== undefined && semanticEqual(old.spec?.[key], spec?.[key])
  const errors = [
    ...validateSelectors(selectors, 'spec.selectors', same('selectors')),
    ...validateList(config, maxConfig, 'spec.config', ({ opaque }, at) =>
      validateConfiguration(opaque, at, same('config')),
    ),
  ]
  if (extendedResourceName !== undefined && !isExtended(extendedResourceName)) {
    const detail = 'must be a valid extended resource name'
    errors.push(fieldInvalid('spec.extendedResourceName', extendedResourceName, detail))
  }
  return errors
}

/** A resource with a domain of its own. */
function isExtended(name: string): boolean {
  const native = !name.includes('/') || name.includes('kubernetes.io/')
  return !native && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
}
