import type { ResourceDefinition } from '../../registry/resource.ts'
import { deviceClasses } from './device-class.ts'
import { resourceClaims } from './resource-claim.ts'
import { resourceClaimTemplates } from './resource-claim-template.ts'
import { resourceSlices } from './resource-slice.ts'

export const resourceDefinitions: readonly ResourceDefinition[] = [
  deviceClasses,
  resourceClaims,
  resourceClaimTemplates,
  resourceSlices,
]
