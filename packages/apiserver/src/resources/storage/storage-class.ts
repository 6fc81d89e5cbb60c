import { StorageClass, type TopologySelectorTerm } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldNotSupported,
  fieldRequired,
  isQualifiedName,
  semanticEqual,
  stableStringify,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn } from '../columns.ts'
import { refusals, unchanged } from '../fields.ts'
import { validateParameters } from './parameters.ts'

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

export const storageClasses = defineResource(StorageClass, {
  shortNames: ['sc'],
  setDefaults(object) {
    object.reclaimPolicy ??= 'Delete'
    object.volumeBindingMode ??= 'Immediate'
  },
  validate,
  validateUpdate(object, old) {
    const errors: FieldError[] = []
    for (const field of ['parameters', 'provisioner', 'reclaimPolicy'] as const) {
      if (!semanticEqual(object[field], old[field])) {
        errors.push(fieldForbidden(field, `updates to ${field} are forbidden.`))
      }
    }
    return [...errors, ...unchanged('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode)]
  },
  deleteReturnsObject: true,
  columns: [
    { name: 'Name', type: 'string', format: 'name', value: nameText },
    { name: 'Provisioner', type: 'string', value: (object) => object.provisioner },
    { name: 'ReclaimPolicy', type: 'string', value: (object) => object.reclaimPolicy ?? 'Delete' },
    { name: 'VolumeBindingMode', type: 'string', value: (object) => object.volumeBindingMode ?? 'Immediate' },
    { name: 'AllowVolumeExpansion', type: 'string', value: (object) => object.allowVolumeExpansion ?? false },
    ageColumn(),
  ],
})

function nameText({ metadata }: DeepReadonly<StorageClass>): string {
  const isDefault = defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true')
  return isDefault ? `${metadata.name} (default)` : (metadata.name ?? '')
}

function validate(object: DeepReadonly<StorageClass>): FieldError[] {
  const errors: FieldError[] = []
  const provisioner = object.provisioner ?? ''
  if (provisioner === '') errors.push(fieldRequired('provisioner'))
  else errors.push(...refusals('provisioner', provisioner, isQualifiedName(provisioner.toLowerCase())))
  errors.push(...validateParameters(object.parameters, 'parameters'))
  const policy = object.reclaimPolicy
  if (policy !== undefined && policy !== 'Delete' && policy !== 'Retain') {
    errors.push(fieldNotSupported('reclaimPolicy', policy, ['Delete', 'Retain']))
  }
  const mode = object.volumeBindingMode
  if (mode === undefined) errors.push(fieldRequired('volumeBindingMode'))
  else if (mode !== 'Immediate' && mode !== 'WaitForFirstConsumer') {
    errors.push(fieldNotSupported('volumeBindingMode', mode, ['Immediate', 'WaitForFirstConsumer']))
  }
  return [...errors, ...validateTopologies(object.allowedTopologies ?? [], 'allowedTopologies')]
}

/** As `validateAllowedTopologies`: each key once, each value once, no term twice. */
function validateTopologies(terms: DeepReadonly<TopologySelectorTerm[]>, field: string): FieldError[] {
  const texts = terms.map(({ matchLabelExpressions: all = [] }) =>
    stableStringify(Object.fromEntries(all.map(({ key, values }) => [key, [...(values ?? [])].sort()]))),
  )
  return terms.flatMap(({ matchLabelExpressions: all = [] }, i) => {
    const keys = all.map(({ key }) => key)
    const errors = all.flatMap(({ key = '', values = [] }, j) => {
      const at = `${field}.matchLabelExpressions[${j}]`
      return [
        ...(values.length === 0 ? [fieldRequired(`${at}.values`)] : []),
        ...values.flatMap((value, k) =>
          values.indexOf(value) < k ? [fieldDuplicate(`${at}.values[${k}]`, value)] : [],
        ),
        ...refusals(`${at}.key`, key, isQualifiedName(key)),
        ...(keys.indexOf(key) < j ? [fieldDuplicate(`${at}.key`, key)] : []),
      ]
    })
    const twice = texts.indexOf(texts[i] ?? '') < i
    return twice ? [...errors, fieldDuplicate(`${field}[${i}].matchLabelExpressions`, '')] : errors
  })
}
