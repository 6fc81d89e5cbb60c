import { ConfigMap } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const configMaps = defineResource(ConfigMap, {
  shortNames: ['cm'],
})
