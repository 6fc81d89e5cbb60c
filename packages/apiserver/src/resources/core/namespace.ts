import { Namespace } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const namespaces = defineResource(Namespace, {
  shortNames: ['ns'],
  status: {},
})
