import { IPAddress, Service, type ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  formatIP,
  isAlreadyExists,
  isConflict,
  isNotFound,
  parseIP,
  parseTime,
} from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import { loopbackUser } from '../../loopback-user.ts'
import { isHeadless, needsClusterIP, type ServiceValue } from './types.ts'

// An IPAddress is the lock on the address that is its name: who creates it has the address. Several servers on one
// store never give an address out twice, as storage takes each name once and a lock is only removed as it was seen.

export type IPAddressValue = DeepReadonly<IPAddress>

const familyLabel = 'ipaddress.kubernetes.io/ip-family'
const managerLabel = 'ipaddress.kubernetes.io/managed-by'
const manager = 'ipallocator.k8s.io'

/** Writes are over long before this (upstream `repairip.go`). */
const leakedAfter = 60_000

/** Takes a free address for the Service; false when somebody has it. */
export async function takeAddress(
  service: ServiceValue,
  ip: string,
  behaviours: Behaviours,
  dryRun = false,
): Promise<boolean> {
  const { name = '', namespace = '' } = service.metadata
  const address: IPAddress = {
    metadata: { name: ip, labels: { [familyLabel]: familyOf(ip), [managerLabel]: manager } },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  }
  try {
    await behaviours.store(IPAddress).create(address, { user: loopbackUser, dryRun })
    return true
  } catch (error) {
    if (isAlreadyExists(error)) return false
    throw error
  }
}

/** Gives back an address that the Service has; nothing happens where it is another's by now. */
export async function releaseAddress(ip: string, { metadata }: ServiceValue, behaviours: Behaviours): Promise<void> {
  const address = behaviours.store(IPAddress).get({ name: ip })
  const parent = address && serviceOf(address)
  if (!parent || parent.namespace !== metadata.namespace || parent.name !== metadata.name) return
  await removeAddress(address, behaviours)
}

/** Deletes this IPAddress, and no other of its name. */
export async function removeAddress({ metadata }: IPAddressValue, behaviours: Behaviours): Promise<void> {
  const { name = '', uid } = metadata
  const preconditions = uid === undefined ? {} : { uid }
  try {
    await behaviours.store(IPAddress).delete({ name }, { user: loopbackUser, preconditions })
  } catch (error) {
    // Somebody deleted it already: the address is free, or another's.
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

/**
 * Whether the address is held for nobody: its Service is not there, or has another one, and no write of it can still be
 * under way. What is left when a server dies between the two writes.
 */
export function isLeaked(address: IPAddressValue, behaviours: Behaviours): boolean {
  const parent = serviceOf(address)
  const { name = '', creationTimestamp } = address.metadata
  if (!parent || creationTimestamp === undefined) return false
  if (behaviours.now() - parseTime(creationTimestamp) < leakedAfter) return false
  return !addressesOf(behaviours.store(Service).get(parent)?.spec).includes(name)
}

/** An IPAddress that was deleted while its Service has the address comes back. As upstream's repair of IPAddresses. */
export async function restoreAddress(address: IPAddressValue, behaviours: Behaviours): Promise<void> {
  const parent = serviceOf(address)
  const service = parent && behaviours.store(Service).get(parent)
  const { name = '' } = address.metadata
  if (service && addressesOf(service.spec).includes(name)) await takeAddress(service, name, behaviours)
}

/** The Service that the address is held for; undefined when it is something else. */
export function serviceOf({ spec }: IPAddressValue): { readonly namespace: string; readonly name: string } | undefined {
  const { group = '', resource = '', namespace = '', name = '' } = spec?.parentRef ?? {}
  return group === '' && resource === 'services' ? { namespace, name } : undefined
}

/** Whether the server itself made the IPAddress. */
export function isManaged({ metadata }: IPAddressValue): boolean {
  return metadata.labels?.[managerLabel] === manager
}

/** Whether it has the labels by which the server's addresses are found. */
export function isLabelled(address: IPAddressValue): boolean {
  const { name = '', labels } = address.metadata
  return isManaged(address) && labels?.[familyLabel] === familyOf(name)
}

/** The addresses that a Service holds, as IPAddresses are named. */
export function addressesOf(spec: DeepReadonly<ServiceSpec> | undefined): string[] {
  return needsClusterIP(spec) && !isHeadless(spec) ? (spec?.clusterIPs ?? []).map(canonical) : []
}

/** The canonical text of an address. */
export function canonical(text: string): string {
  const ip = parseIP(text)
  return ip ? formatIP(ip) : text
}

export function familyOf(ip: string): 'IPv4' | 'IPv6' {
  return ip.includes(':') ? 'IPv6' : 'IPv4'
}
