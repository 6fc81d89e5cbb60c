import { EventsV1Event } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const events = defineResource(EventsV1Event, {
  shortNames: ['ev'],
})
