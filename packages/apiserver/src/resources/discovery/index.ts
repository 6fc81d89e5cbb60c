import type { ResourceDefinition } from '../../registry/resource.ts'
import { endpointSlices } from './endpoint-slice.ts'

export const discoveryDefinitions: readonly ResourceDefinition[] = [endpointSlices]
