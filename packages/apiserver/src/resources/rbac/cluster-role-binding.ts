import { ClusterRoleBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const clusterRoleBindings = defineResource(ClusterRoleBinding)
