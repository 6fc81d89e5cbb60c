import { CustomResourceDefinition } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { struct } from '../structs.ts'
import { cleanupFinalizer } from './cleanup-finalizer.ts'
import { definitionRules } from './lazy-rules.ts'

export const customResourceDefinitions = defineResource(CustomResourceDefinition, {
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(definition) {
    const spec = struct(definition, 'spec')
    spec.group ??= ''
    spec.scope ??= ''
    spec.versions ??= []
    const names = struct(spec, 'names')
    names.singular ||= (names.kind ?? '').toLowerCase()
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`
    const conversion = struct(spec, 'conversion')
    conversion.strategy ||= 'None'
    const service = conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
  },
  prepareForUpdate(definition) {
    const stored = storageVersionOf(definition)
    const status = struct(definition, 'status')
    if (stored !== undefined && !status.storedVersions?.includes(stored)) {
      status.storedVersions = [...(status.storedVersions ?? []), stored]
    }
  },
  /** The rules are large, and needed only where definitions are written: validation itself cannot wait for them. */
  async begin() {
    await definitionRules.load()
    return undefined
  },
  validate: (definition, old) => (old ? [] : definitionRules.get().validateDefinition(definition)),
  validateUpdate: (definition, old) => definitionRules.get().validateDefinitionUpdate(definition, old),
  warnings: (definition, old) => definitionRules.get().definitionWarnings(definition, old),
  status: {
    initial: (definition) => ({
      acceptedNames: { kind: '', plural: '' },
      conditions: null,
      storedVersions: [storageVersionOf(definition)].filter((version) => version !== undefined),
    }),
    validateUpdate: (definition, old) => definitionRules.known()?.validateDefinitionStatus(definition, old) ?? [],
  },
  /** The server's finalizer comes with the delete itself. */
  otherFinalizers: ({ metadata }) => (metadata.deletionTimestamp === undefined ? [cleanupFinalizer] : []),
  markDeleted(definition) {
    const { metadata } = definition
    delete metadata.deletionGracePeriodSeconds
    const finalizers = metadata.finalizers ?? []
    if (!finalizers.includes(cleanupFinalizer)) metadata.finalizers = [...finalizers, cleanupFinalizer]
    const status = struct(definition, 'status')
    const conditions = (status.conditions ?? []).filter(({ type }) => type !== 'Terminating')
    const terminating = {
      type: 'Terminating',
      status: 'True',
      lastTransitionTime: metadata.deletionTimestamp ?? '',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    }
    status.conditions = [...conditions, terminating]
  },
})

function storageVersionOf({ spec }: { spec?: { versions?: readonly { name: string; storage: boolean }[] } }) {
  return spec?.versions?.find(({ storage }) => storage)?.name
}
