import { CSINode, type CSINodeDriver } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldRequired,
  isQualifiedName,
  semanticEqual,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateDriverName } from '../core/volume-sources.ts'
import { nonNegative, refusals } from '../fields.ts'
import { struct } from '../structs.ts'

type Driver = DeepReadonly<CSINodeDriver>

const maxNodeId = 192

export const csiNodes = defineResource(CSINode, {
  allowUnconditionalUpdate: false,
  setDefaults(node) {
    struct(node, 'spec')
  },
  validate: ({ spec }) => validateDrivers(spec?.drivers ?? [], 'spec.drivers'),
  validateUpdate: ({ spec }, { spec: old }) =>
    (old?.drivers ?? []).flatMap((before) =>
      (spec?.drivers ?? [])
        .filter((driver) => driver.name === before.name && !isSame(driver, before))
        .map((driver) => fieldInvalid('CSINodeDriver', driver, 'field is immutable')),
    ),
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Drivers', type: 'integer', value: ({ spec }) => spec?.drivers?.length ?? 0 },
    ageColumn(),
  ],
})

/** How many volumes a node can hold may change. */
function isSame({ allocatable: _, ...driver }: Driver, { allocatable: __, ...old }: Driver): boolean {
  return semanticEqual(driver, old)
}

function validateDrivers(drivers: readonly Driver[], field: string): FieldError[] {
  const names = drivers.map(({ name }) => name)
  return drivers.flatMap((driver, i) => {
    const at = `${field}[${i}]`
    const duplicate = names.indexOf(driver.name) < i ? [fieldDuplicate(`${at}.name`, driver.name)] : []
    return [...validateDriver(driver, at), ...duplicate]
  })
}

function validateDriver(
  { name = '', nodeID = '', allocatable, topologyKeys = [] }: Driver,
  field: string,
): FieldError[] {
  const errors = validateDriverName(name, `${field}.name`)
  if (nodeID === '') errors.push(fieldRequired(`${field}.nodeID`))
  if (byteLength(nodeID) > maxNodeId) {
    errors.push(fieldInvalid(`${field}.nodeID`, nodeID, `must be ${maxNodeId} characters or less`))
  }
  errors.push(...nonNegative(`${field}.allocatable.count`, allocatable?.count))
  const at = `${field}.topologyKeys`
  for (const [i, key] of topologyKeys.entries()) {
    if (key === '') errors.push(fieldRequired(at))
    if (topologyKeys.indexOf(key) < i) errors.push(fieldDuplicate(at, key))
    errors.push(...refusals(at, topologyKeys, isQualifiedName(key)))
  }
  return errors
}
