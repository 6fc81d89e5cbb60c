import { IPAddress, Service } from '@wherry/api'
import { fieldInvalid, groupKind, internalError, invalid } from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import type { RequestFacts, Rollback } from '../../../registry/resource.ts'
import { struct } from '../../structs.ts'
import { addressRange, type AddressRange } from './address-range.ts'
import { addressesOf, canonical, isLeaked, releaseAddress, removeAddress, takeAddress } from './ip-addresses.ts'
import { initFamilies } from './ip-families.ts'
import { serviceRanges } from './service-ranges.ts'
import { isHeadless, needsClusterIP, type ServiceValue } from './types.ts'

/**
 * Sets the address family and gets the Service an address: the one that it asks for, else a free one of any range that
 * is ready. An address that a Service has stays its own. As pkg/registry/core/service/storage/alloc.go with the
 * ipallocator beside it.
 */
export async function allocateClusterIPs(
  service: Service,
  old: ServiceValue | undefined,
  behaviours: Behaviours,
  { dryRun }: RequestFacts,
): Promise<Rollback | undefined> {
  const spec = struct(service, 'spec')
  if (!needsClusterIP(spec)) return undefined
  const { family } = addressRange(behaviours.options.serviceClusterIPRange)
  initFamilies(service, old, family)
  if (isHeadless(spec) || needsClusterIP(old?.spec)) return undefined
  const ranges = serviceRanges(behaviours).filter((range) => range.ready && range.family === family)
  const wanted = spec.clusterIPs?.[0] || spec.clusterIP || ''
  const ip = wanted === '' ? await takeNext(service, ranges, behaviours, dryRun) : canonical(wanted)
  if (wanted !== '') await takeThis(service, ip, ranges, behaviours, dryRun)
  spec.clusterIP = wanted === '' ? ip : wanted
  spec.clusterIPs = [spec.clusterIP]
  return dryRun ? undefined : () => releaseAddress(ip, service, behaviours)
}

/** Gives back the addresses that `service` had and `next` has not. */
export async function releaseClusterIPs(
  service: ServiceValue,
  next: ServiceValue | undefined,
  behaviours: Behaviours,
): Promise<void> {
  const kept = addressesOf(next?.spec)
  for (const ip of addressesOf(service.spec)) if (!kept.includes(ip)) await releaseAddress(ip, service, behaviours)
}

async function takeThis(
  service: Service,
  ip: string,
  ranges: readonly AddressRange[],
  behaviours: Behaviours,
  dryRun: boolean,
): Promise<void> {
  const refuse = (detail: string) => {
    const text = `failed to allocate IP ${ip}: ${detail}`
    const ips = service.spec?.clusterIPs ?? [ip]
    return invalid(groupKind(Service), service.metadata.name ?? '', [fieldInvalid('spec.clusterIPs', ips, text)])
  }
  if (!ranges.some((range) => range.contains(ip))) {
    throw refuse('the provided network does not match the current range')
  }
  if (!(await take(service, ip, behaviours, dryRun))) throw refuse('provided IP is already allocated')
}

async function takeNext(
  service: Service,
  ranges: readonly AddressRange[],
  behaviours: Behaviours,
  dryRun: boolean,
): Promise<string> {
  const addresses = behaviours.store(IPAddress)
  for (const range of ranges) {
    for (const ip of range.candidates(service.metadata.uid ?? '')) {
      if (!addresses.get({ name: ip }) && (await takeAddress(service, ip, behaviours, dryRun))) return ip
    }
  }
  throw internalError(new Error('failed to allocate a serviceIP: range is full'))
}

/** Whether the address is this Service's now; one that is held for nobody is freed first. */
async function take(service: Service, ip: string, behaviours: Behaviours, dryRun: boolean): Promise<boolean> {
  if (await takeAddress(service, ip, behaviours, dryRun)) return true
  const address = behaviours.store(IPAddress).get({ name: ip })
  if (dryRun || !address || !isLeaked(address, behaviours)) return false
  await removeAddress(address, behaviours)
  return takeAddress(service, ip, behaviours)
}
