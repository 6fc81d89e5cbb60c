import { LimitRange } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const limitRanges = defineResource(LimitRange, {
  shortNames: ['limits'],
})
