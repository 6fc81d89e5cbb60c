import type { ResourceDefinition } from '../../registry/resource.ts'
import { runtimeClasses } from './runtime-class.ts'

export const nodeDefinitions: readonly ResourceDefinition[] = [runtimeClasses]
