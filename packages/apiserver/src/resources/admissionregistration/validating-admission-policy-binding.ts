import { ValidatingAdmissionPolicyBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateValidatingBinding } from './binding-validation.ts'
import { setMatchDefaults } from './defaults.ts'
import { paramRefText } from './policy-columns.ts'

export const validatingAdmissionPolicyBindings = defineResource(ValidatingAdmissionPolicyBinding, {
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults: (binding) => setMatchDefaults(binding.spec?.matchResources),
  validate: validateValidatingBinding,
  columns: [
    nameColumn(),
    { name: 'PolicyName', type: 'string', value: ({ spec }) => spec?.policyName ?? '' },
    { name: 'ParamRef', type: 'string', value: ({ spec }) => paramRefText(spec?.paramRef) },
    ageColumn(),
  ],
})
