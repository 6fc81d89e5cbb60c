import { MutatingAdmissionPolicyBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateBinding } from './binding-validation.ts'
import { setMatchDefaults } from './defaults.ts'
import { paramRefText } from './policy-columns.ts'

export const mutatingAdmissionPolicyBindings = defineResource(MutatingAdmissionPolicyBinding, {
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults: (binding) => setMatchDefaults(binding.spec?.matchResources),
  validate: validateBinding,
  columns: [
    nameColumn(),
    { name: 'PolicyName', type: 'string', value: ({ spec }) => spec?.policyName ?? '' },
    { name: 'ParamRef', type: 'string', value: ({ spec }) => paramRefText(spec?.paramRef) },
    ageColumn(),
  ],
})
