import { PersistentVolumeClaim } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const persistentVolumeClaims = defineResource(PersistentVolumeClaim, {
  shortNames: ['pvc'],
  status: {},
})
