import type { ResourceDefinition } from '../../registry/resource.ts'
import { podDisruptionBudgets } from './pod-disruption-budget.ts'

export const policyDefinitions: readonly ResourceDefinition[] = [podDisruptionBudgets]
