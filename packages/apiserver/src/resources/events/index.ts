import type { ResourceDefinition } from '../../registry/resource.ts'
import { events } from './event.ts'

export const eventsDefinitions: readonly ResourceDefinition[] = [events]
