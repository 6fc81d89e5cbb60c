import { LimitRange } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { roundResources } from '../quantities.ts'

export const limitRanges = defineResource(LimitRange, {
  shortNames: ['limits'],
  allowCreateOnUpdate: true,
  setDefaults(range) {
    for (const item of range.spec?.limits ?? []) {
      for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) {
        roundResources(list)
      }
      if (item.type !== 'Container') continue
      item.default = { ...item.max, ...item.default }
      item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest }
    }
  },
})
