import { CustomResourceDefinition } from '@wherry/api'
import { type FieldError, fieldInvalid } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { struct } from '../structs.ts'

export const customResourceDefinitions = defineResource(CustomResourceDefinition, {
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(definition) {
    const spec = struct(definition, 'spec')
    const names = struct(spec, 'names')
    names.singular ||= (names.kind ?? '').toLowerCase()
    if (!names.listKind && names.kind) names.listKind = `${names.kind}List`
    const conversion = struct(spec, 'conversion')
    conversion.strategy ||= 'None'
    const service = conversion.webhook?.clientConfig?.service
    if (service) service.port ??= 443
  },
  validate({ metadata, spec }) {
    const errors: FieldError[] = []
    const wanted = `${spec.names?.plural ?? ''}.${spec.group ?? ''}`
    if (metadata.name !== wanted) {
      errors.push(fieldInvalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group'))
    }
    return errors
  },
  status: {
    initial: ({ spec }) => ({
      acceptedNames: { kind: '', plural: '' },
      conditions: null,
      storedVersions: (spec.versions ?? []).filter((version) => version.storage).map((version) => version.name),
    }),
  },
})
