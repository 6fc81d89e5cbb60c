import { StorageClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const storageClasses = defineResource(StorageClass, {
  shortNames: ['sc'],
})
