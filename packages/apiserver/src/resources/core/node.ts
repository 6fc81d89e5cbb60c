import { Node } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const nodes = defineResource(Node, {
  shortNames: ['no'],
  status: {},
})
