import { LimitRange } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { roundResources } from '../quantities.ts'
import { validateLimitRange } from './limit-range-validation.ts'

export const limitRanges = defineResource(LimitRange, {
  shortNames: ['limits'],
  allowCreateOnUpdate: true,
  validate: validateLimitRange,
  setDefaults(range) {
    for (const item of range.spec?.limits ?? []) {
      for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) {
        roundResources(list)
      }
      if (item.type !== 'Container') continue
      const limits = { ...item.max, ...item.default }
      const requests = { ...item.min, ...limits, ...item.defaultRequest }
      if (Object.keys(limits).length > 0) item.default = limits
      if (Object.keys(requests).length > 0) item.defaultRequest = requests
    }
  },
})
