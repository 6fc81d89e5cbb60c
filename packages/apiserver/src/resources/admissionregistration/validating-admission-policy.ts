import { ValidatingAdmissionPolicy } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const validatingAdmissionPolicies = defineResource(ValidatingAdmissionPolicy, {
  categories: ['api-extensions'],
  generation: true,
  status: {},
})
