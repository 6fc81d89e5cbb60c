import { ClusterRole } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const clusterRoles = defineResource(ClusterRole)
