import { MutatingAdmissionPolicy } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const mutatingAdmissionPolicies = defineResource(MutatingAdmissionPolicy, {
  categories: ['api-extensions'],
  generation: true,
})
