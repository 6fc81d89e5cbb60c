import type { ResourceDefinition } from '../../registry/resource.ts'
import { leases } from './lease.ts'

export const coordinationDefinitions: readonly ResourceDefinition[] = [leases]
