import { Event } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const events = defineResource(Event, {
  shortNames: ['ev'],
})
