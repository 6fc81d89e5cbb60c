import type { ResourceDefinition } from '../../registry/resource.ts'
import { priorityClasses } from './priority-class.ts'

export const schedulingDefinitions: readonly ResourceDefinition[] = [priorityClasses]
