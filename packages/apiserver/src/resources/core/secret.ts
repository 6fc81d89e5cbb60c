import { Secret } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const secrets = defineResource(Secret)
