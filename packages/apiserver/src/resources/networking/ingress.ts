import { Ingress } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const ingresses = defineResource(Ingress, {
  shortNames: ['ing'],
  generation: true,
  status: {},
})
