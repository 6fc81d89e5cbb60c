import type { ResourceDefinition } from '../../registry/resource.ts'
import { flowSchemas } from './flow-schema.ts'
import { priorityLevelConfigurations } from './priority-level-configuration.ts'

export const flowcontrolDefinitions: readonly ResourceDefinition[] = [flowSchemas, priorityLevelConfigurations]
