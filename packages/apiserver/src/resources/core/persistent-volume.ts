import { PersistentVolume } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const persistentVolumes = defineResource(PersistentVolume, {
  shortNames: ['pv'],
  status: {},
})
