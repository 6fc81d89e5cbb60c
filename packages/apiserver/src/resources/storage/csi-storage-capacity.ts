import { CSIStorageCapacity } from '@wherry/api'
import { type DeepReadonly, type FieldError, isDNS1123Subdomain, validateLabelSelector } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'
import { immutable, refusals } from '../fields.ts'
import { validateQuantity } from '../quantities.ts'

export const csiStorageCapacities = defineResource(CSIStorageCapacity, {
  allowUnconditionalUpdate: false,
  validate,
  validateUpdate: (object, old) => [
    ...immutable('nodeTopology', object.nodeTopology, old.nodeTopology),
    ...immutable('storageClassName', object.storageClassName, old.storageClassName),
  ],
  columns: [
    nameColumn(),
    { name: 'StorageClassName', type: 'string', value: (object) => object.storageClassName },
    { name: 'Capacity', type: 'string', value: (object) => object.capacity ?? '<unset>' },
  ],
})

/** As pkg/apis/storage/validation `ValidateCSIStorageCapacity`; selectors that were wrong before may stay so. */
function validate(object: DeepReadonly<CSIStorageCapacity>, old?: DeepReadonly<CSIStorageCapacity>): FieldError[] {
  const { storageClassName = '', nodeTopology, capacity, maximumVolumeSize } = object
  const wrong = old?.nodeTopology !== undefined && validateLabelSelector(old.nodeTopology, '').length > 0
  return [
    ...refusals('storageClassName', storageClassName, isDNS1123Subdomain(storageClassName)),
    ...(nodeTopology ? validateLabelSelector(nodeTopology, 'nodeTopology', { allowInvalidValues: wrong }) : []),
    ...(capacity === undefined ? [] : validateQuantity(capacity, 'capacity')),
    ...(maximumVolumeSize === undefined ? [] : validateQuantity(maximumVolumeSize, 'maximumVolumeSize')),
  ]
}
