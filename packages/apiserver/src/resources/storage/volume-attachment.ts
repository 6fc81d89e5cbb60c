import { VolumeAttachment } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const volumeAttachments = defineResource(VolumeAttachment, {
  status: {},
})
