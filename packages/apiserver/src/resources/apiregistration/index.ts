import type { ResourceDefinition } from '../../registry/resource.ts'
import { apiServices } from './api-service.ts'

export const apiregistrationDefinitions: readonly ResourceDefinition[] = [apiServices]
