import { ValidatingAdmissionPolicy } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { setMatchDefaults } from './defaults.ts'
import { paramKindText } from './policy-columns.ts'
import { validatePolicyStatus, validateValidatingPolicy } from './policy-validation.ts'

export const validatingAdmissionPolicies = defineResource(ValidatingAdmissionPolicy, {
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(policy) {
    const spec = struct(policy, 'spec')
    spec.failurePolicy ??= 'Fail'
    setMatchDefaults(spec.matchConstraints)
  },
  validate: validateValidatingPolicy,
  status: { initial: () => ({}), validateUpdate: validatePolicyStatus },
  columns: [
    nameColumn(),
    { name: 'Validations', type: 'integer', value: ({ spec }) => spec?.validations?.length ?? 0 },
    { name: 'ParamKind', type: 'string', value: ({ spec }) => paramKindText(spec?.paramKind) },
    ageColumn(),
  ],
})
