import { MutatingAdmissionPolicy } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { setMatchDefaults } from './defaults.ts'
import { paramKindText } from './policy-columns.ts'
import { validateMutatingPolicy } from './policy-validation.ts'

export const mutatingAdmissionPolicies = defineResource(MutatingAdmissionPolicy, {
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(policy) {
    const spec = struct(policy, 'spec')
    spec.failurePolicy ??= 'Fail'
    setMatchDefaults(spec.matchConstraints)
  },
  validate: validateMutatingPolicy,
  columns: [
    nameColumn(),
    { name: 'Mutations', type: 'integer', value: ({ spec }) => spec?.mutations?.length ?? 0 },
    { name: 'ParamKind', type: 'string', value: ({ spec }) => paramKindText(spec?.paramKind) },
    ageColumn(),
  ],
})
