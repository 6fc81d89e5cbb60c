import { CSINode } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const csiNodes = defineResource(CSINode)
