import type { ResourceDefinition } from '../../registry/resource.ts'
import { customResourceDefinitions } from './custom-resource-definition.ts'

export const apiextensionsDefinitions: readonly ResourceDefinition[] = [customResourceDefinitions]
