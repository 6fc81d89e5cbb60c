import { ValidatingAdmissionPolicyBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const validatingAdmissionPolicyBindings = defineResource(ValidatingAdmissionPolicyBinding, {
  categories: ['api-extensions'],
  generation: true,
})
