import { Namespace } from '@wherry/api'
import { fieldInvalid, isQualifiedName, nameIsDNSLabel } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { refusals } from '../fields.ts'
import { struct } from '../structs.ts'

const nameLabel = 'kubernetes.io/metadata.name'
const finalizer = 'kubernetes'

/** As pkg/registry/core/namespace: the `kubernetes` finalizer in the spec keeps a namespace until it is empty. */
export const namespaces = defineResource(Namespace, {
  shortNames: ['ns'],
  validateName: nameIsDNSLabel,
  setDefaults(namespace) {
    struct(namespace, 'spec')
    if (namespace.metadata.name) setNameLabel(namespace, namespace.metadata.name)
  },
  prepareForCreate(namespace) {
    const spec = struct(namespace, 'spec')
    if (!spec.finalizers?.includes(finalizer)) spec.finalizers = [...(spec.finalizers ?? []), finalizer]
    setNameLabel(namespace, namespace.metadata.name ?? '')
  },
  prepareForUpdate(namespace, old) {
    struct(namespace, 'spec').finalizers = [...(old.spec?.finalizers ?? [])]
  },
  validate: (namespace, old) =>
    old ? [] : (namespace.spec?.finalizers ?? []).flatMap((name) => validateFinalizerName(name, 'spec.finalizers')),
  status: {
    initial: () => ({ phase: 'Active' }),
    validateUpdate(namespace) {
      const phase = namespace.status?.phase ?? ''
      const detail = namespace.metadata.deletionTimestamp
        ? "may only be 'Terminating' if `deletionTimestamp` is not empty"
        : "may only be 'Active' if `deletionTimestamp` is empty"
      const wanted = namespace.metadata.deletionTimestamp ? 'Terminating' : 'Active'
      return phase === wanted ? [] : [fieldInvalid('status.Phase', phase, detail)]
    },
  },
  subresources: {
    finalize: {
      prepareForUpdate(namespace, old) {
        namespace.status = { ...old.status, conditions: (old.status?.conditions ?? []).map((c) => ({ ...c })) }
        if (!old.status?.conditions) delete namespace.status.conditions
      },
      validateUpdate: (namespace) =>
        (namespace.spec?.finalizers ?? []).flatMap((name, i) => validateFinalizerName(name, `spec.finalizers[${i}]`)),
    },
  },
  otherFinalizers: (namespace) => namespace.spec?.finalizers ?? [],
  markDeleted(namespace) {
    struct(namespace, 'status').phase = 'Terminating'
  },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Status', type: 'string', value: (namespace) => namespace.status?.phase ?? '' },
    ageColumn(),
  ],
  selectableFields: {
    name: (namespace) => namespace.metadata.name ?? '',
    'status.phase': (namespace) => namespace.status?.phase ?? '',
  },
})

function setNameLabel(namespace: Namespace, name: string): void {
  if (name !== '') (namespace.metadata.labels ??= {})[nameLabel] = name
}

function validateFinalizerName(name: string, field: string) {
  const errors = refusals(field, name, isQualifiedName(name))
  if (errors.length > 0 || name.includes('/') || name === finalizer) return errors
  return [fieldInvalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified')]
}
