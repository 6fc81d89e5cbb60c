import { ResourceV1ResourceClaim } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { struct } from '../structs.ts'
import { refuseAdminAccess } from './admin-access.ts'
import { validateClaimStatus } from './claim-status-validation.ts'
import { validateDeviceClaim } from './claim-validation.ts'
import { setDeviceClaimDefaults } from './device-defaults.ts'

export const resourceClaims = defineResource(ResourceV1ResourceClaim, {
  setDefaults(claim) {
    setDeviceClaimDefaults(struct(claim, 'spec').devices)
  },
  async begin(claim, old, behaviours) {
    if (!old) refuseAdminAccess(ResourceV1ResourceClaim, claim.metadata, claim.spec.devices, 'spec', behaviours)
    return undefined
  },
  // The spec does not change, so that there is nothing to check again.
  validate: (claim, old) => (old ? [] : validateDeviceClaim(claim.spec.devices, 'spec.devices')),
  validateUpdate: (claim, old) => immutable('spec', claim.spec, old.spec),
  status: { initial: () => ({}), validateUpdate: validateClaimStatus },
  deleteReturnsObject: true,
  columns: [nameColumn(), { name: 'State', type: 'string', value: stateText }, ageColumn()],
})

function stateText({ metadata, status }: DeepReadonly<ResourceV1ResourceClaim>): string {
  const deleted = metadata.deletionTimestamp !== undefined
  const states = deleted ? ['deleted'] : []
  if (!status?.allocation) return [...states, ...(deleted ? [] : ['pending'])].join(',')
  states.push('allocated')
  if (status.reservedFor?.length) states.push('reserved')
  return states.join(',')
}
