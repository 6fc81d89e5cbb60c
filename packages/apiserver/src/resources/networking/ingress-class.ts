import { IngressClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const ingressClasses = defineResource(IngressClass, {
  generation: true,
})
