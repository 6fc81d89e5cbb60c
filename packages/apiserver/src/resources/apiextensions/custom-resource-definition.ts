import { CustomResourceDefinition } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const customResourceDefinitions = defineResource(CustomResourceDefinition, {
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  generation: true,
  status: {},
})
