import { Service } from '@wherry/api'
import { nameIsDNSLabel } from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import { defineResource, type RequestFacts, type Rollback } from '../../../registry/resource.ts'
import { carryOver, dropForeignFields, normalizeClusterIPs } from './carry-over.ts'
import { allocateClusterIPs, releaseClusterIPs } from './cluster-ips.ts'
import { serviceColumns } from './columns.ts'
import { setServiceDefaults } from './defaults.ts'
import { allocateNodePorts, settleNodePorts } from './node-ports.ts'
import type { ServiceValue } from './types.ts'
import { validateService, validateServiceStatus, validateServiceUpdate } from './validation.ts'
import { serviceWarnings } from './warnings.ts'

export const services = defineResource(Service, {
  shortNames: ['svc'],
  categories: ['all'],
  allowCreateOnUpdate: true,
  // Relaxed in 1.36 (KEP-5311): a name may begin with a digit.
  validateName: nameIsDNSLabel,
  setDefaults: setServiceDefaults,
  prepareForCreate: (service) => normalizeClusterIPs(service),
  prepareForUpdate(service, old) {
    normalizeClusterIPs(service, old)
    dropForeignFields(service, old)
    carryOver(service, old)
  },
  begin,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  async afterUpdate(service, old, behaviours) {
    settleNodePorts(old, behaviours)
    settleNodePorts(service, behaviours)
    await releaseClusterIPs(old, service, behaviours)
  },
  async afterDelete(service, behaviours) {
    settleNodePorts(service, behaviours)
    await releaseClusterIPs(service, undefined, behaviours)
  },
  warnings: serviceWarnings,
  status: { initial: () => ({ loadBalancer: {} }), validateUpdate: validateServiceStatus },
  deleteReturnsObject: true,
  columns: serviceColumns,
  selectableFields: {
    'spec.clusterIP': ({ spec }) => spec?.clusterIP ?? '',
    'spec.type': ({ spec }) => spec?.type ?? '',
  },
})

/** Addresses first, then ports; what the first got is given back when the second fails. */
async function begin(
  service: Service,
  old: ServiceValue | undefined,
  behaviours: Behaviours,
  request: RequestFacts,
): Promise<Rollback | undefined> {
  const undoIPs = await allocateClusterIPs(service, old, behaviours, request)
  try {
    const undoPorts = allocateNodePorts(service, old, behaviours)
    if (request.dryRun) {
      await undoPorts?.()
      return undefined
    }
    return async () => {
      await undoPorts?.()
      await undoIPs?.()
    }
  } catch (error) {
    await undoIPs?.()
    throw error
  }
}
