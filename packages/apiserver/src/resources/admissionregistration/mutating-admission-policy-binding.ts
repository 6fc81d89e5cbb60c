import { MutatingAdmissionPolicyBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const mutatingAdmissionPolicyBindings = defineResource(MutatingAdmissionPolicyBinding, {
  categories: ['api-extensions'],
  generation: true,
})
