import { RoleBinding } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const roleBindings = defineResource(RoleBinding)
