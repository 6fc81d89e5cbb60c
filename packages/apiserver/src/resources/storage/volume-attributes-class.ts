import { VolumeAttributesClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const volumeAttributesClasses = defineResource(VolumeAttributesClass, {
  shortNames: ['vac'],
})
