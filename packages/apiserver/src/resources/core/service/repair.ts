import { IPAddress, Service } from '@wherry/api'
import type { Behaviours } from '../../../registry/behaviours.ts'
import {
  addressesOf,
  type IPAddressValue,
  isLabelled,
  isLeaked,
  isManaged,
  removeAddress,
  serviceOf,
  takeAddress,
} from './ip-addresses.ts'
import { serviceRanges } from './service-ranges.ts'
import type { ServiceValue } from './types.ts'

/**
 * Makes Services and IPAddresses agree again: a Service of before there were IPAddresses, or one whose IPAddress somebody
 * changed, gets its own, and what is held for nobody goes. Of two Services with one address the first that held it keeps
 * it; addresses outside all ranges are left alone. As pkg/registry/core/service/ipallocator/controller/repairip.go.
 */
export async function repairAddresses(behaviours: Behaviours): Promise<void> {
  for (const service of behaviours.store(Service).list()) {
    for (const ip of addressesOf(service.spec)) await repairAddress(service, ip, behaviours)
  }
  for (const address of behaviours.store(IPAddress).list()) {
    if (isManaged(address) && isOrphan(address, behaviours)) await removeAddress(address, behaviours)
  }
}

async function repairAddress(service: ServiceValue, ip: string, behaviours: Behaviours): Promise<void> {
  if (!serviceRanges(behaviours).some((range) => range.contains(ip))) return
  const address = behaviours.store(IPAddress).get({ name: ip })
  if (address) {
    if (isHolder(address, service, behaviours)) return
    await removeAddress(address, behaviours)
  }
  await takeAddress(service, ip, behaviours)
}

/** Whether the IPAddress may stay as it is: it is the Service's, or that of another that is there. */
function isHolder(address: IPAddressValue, { metadata }: ServiceValue, behaviours: Behaviours): boolean {
  const parent = serviceOf(address)
  if (!parent) return false
  if (parent.namespace === metadata.namespace && parent.name === metadata.name) return isLabelled(address)
  return behaviours.store(Service).get(parent) !== undefined
}

function isOrphan(address: IPAddressValue, behaviours: Behaviours): boolean {
  return !serviceOf(address) || isLeaked(address, behaviours)
}
