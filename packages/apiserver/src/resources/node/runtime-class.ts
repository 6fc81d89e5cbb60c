import { RuntimeClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const runtimeClasses = defineResource(RuntimeClass)
