import { Role } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const roles = defineResource(Role)
