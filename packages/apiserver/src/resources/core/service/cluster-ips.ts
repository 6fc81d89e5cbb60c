import { IPAddress, Service, type ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  fieldInvalid,
  formatIP,
  groupKind,
  internalError,
  invalid,
  isAlreadyExists,
  isNotFound,
  parseIP,
  parseTime,
} from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import type { RequestFacts, Rollback } from '../../../registry/resource.ts'
import { loopbackUser } from '../../loopback-user.ts'
import { struct } from '../../structs.ts'
import { addressRange, type AddressRange } from './address-range.ts'
import { isHeadless, needsClusterIP, type ServiceValue } from './types.ts'

/**
 * Sets the address family and gets the Service an address: the one that it asks for, else a free one. The address is
 * taken by creating an IPAddress of its name, so two servers never give it out twice. As the ipallocator of
 * pkg/registry/core/service/ipallocator.
 */
export async function allocateClusterIPs(
  service: Service,
  old: ServiceValue | undefined,
  behaviours: Behaviours,
  { dryRun }: RequestFacts,
): Promise<Rollback | undefined> {
  const spec = struct(service, 'spec')
  if (!needsClusterIP(spec)) return undefined
  const range = addressRange(behaviours.options.serviceClusterIPRange)
  initFamilies(service, range)
  if (isHeadless(spec)) return undefined
  const wanted = spec.clusterIPs?.[0] || spec.clusterIP || ''
  if (wanted !== '' && old && needsClusterIP(old.spec) && old.spec?.clusterIPs?.[0] === wanted) return undefined
  const ip = wanted === '' ? await takeNext(service, range, behaviours, dryRun) : canonical(wanted)
  if (wanted !== '') await takeThis(service, ip, range, behaviours, dryRun)
  spec.clusterIP = wanted === '' ? ip : wanted
  spec.clusterIPs = [spec.clusterIP]
  return dryRun ? undefined : () => releaseIP(ip, behaviours)
}

/** Gives back the addresses that `service` had and `next` has not. */
export async function releaseClusterIPs(
  service: ServiceValue,
  next: ServiceValue | undefined,
  behaviours: Behaviours,
): Promise<void> {
  for (const ip of addressesOf(service.spec)) {
    if (!addressesOf(next?.spec).includes(ip)) await releaseIP(canonical(ip), behaviours)
  }
}

function addressesOf(spec: DeepReadonly<ServiceSpec> | undefined): readonly string[] {
  return needsClusterIP(spec) && !isHeadless(spec) ? (spec?.clusterIPs ?? []) : []
}

async function releaseIP(ip: string, behaviours: Behaviours): Promise<void> {
  try {
    await behaviours.store(IPAddress).delete({ name: ip }, { user: loopbackUser })
  } catch (error) {
    // Somebody deleted it already: the address is free, which is what counts.
    if (!isNotFound(error)) throw error
  }
}

async function takeThis(
  service: Service,
  ip: string,
  range: AddressRange,
  behaviours: Behaviours,
  dryRun: boolean,
): Promise<void> {
  const refuse = (detail: string) => {
    const text = `failed to allocate IP ${ip}: ${detail}`
    const ips = service.spec?.clusterIPs ?? [ip]
    return invalid(groupKind(Service), service.metadata.name ?? '', [fieldInvalid('spec.clusterIPs', ips, text)])
  }
  const parsed = parseIP(ip)
  // What is no address at all is refused by validation, with its own words.
  if (!parsed) return
  if (!range.contains(ip)) throw refuse('the provided network does not match the current range')
  if (!range.allows(ip)) {
    throw refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${range.text}`)
  }
  if (!(await take(service, ip, behaviours, dryRun))) throw refuse('provided IP is already allocated')
}

async function takeNext(
  service: Service,
  range: AddressRange,
  behaviours: Behaviours,
  dryRun: boolean,
): Promise<string> {
  const taken = behaviours.store(IPAddress)
  for (const ip of range.candidates(service.metadata.uid ?? '')) {
    if (!taken.get({ name: ip }) && (await take(service, ip, behaviours, dryRun))) return ip
  }
  throw internalError(new Error('failed to allocate a serviceIP: range is full'))
}

/** Whether the address is this Service's now. */
async function take(service: Service, ip: string, behaviours: Behaviours, dryRun: boolean): Promise<boolean> {
  if (await createAddress(service, ip, behaviours, dryRun)) return true
  return !dryRun && (await reclaim(ip, behaviours)) && createAddress(service, ip, behaviours, dryRun)
}

async function createAddress(service: Service, ip: string, behaviours: Behaviours, dryRun: boolean): Promise<boolean> {
  const { name = '', namespace = '' } = service.metadata
  const family = ip.includes(':') ? 'IPv6' : 'IPv4'
  const address: IPAddress = {
    metadata: {
      name: ip,
      labels: {
        'ipaddress.kubernetes.io/ip-family': family,
        'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
      },
    },
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

/** Writes are over long before this. */
const leakedAfter = 60_000

/**
 * Frees an address whose Service is not there, or has another one: what is left when a server dies between the two
 * writes. As upstream's repair of IPAddresses, but only when somebody asks for the address.
 */
async function reclaim(ip: string, behaviours: Behaviours): Promise<boolean> {
  const address = behaviours.store(IPAddress).get({ name: ip })
  const parent = address?.spec?.parentRef
  if (!address || parent?.resource !== 'services' || parent.group) return false
  const age = behaviours.now() - parseTime(address.metadata.creationTimestamp ?? '')
  const owner = behaviours.store(Service).get({ namespace: parent.namespace, name: parent.name })
  if (age < leakedAfter || addressesOf(owner?.spec).includes(ip)) return false
  await releaseIP(ip, behaviours)
  return true
}

function canonical(text: string): string {
  const ip = parseIP(text)
  return ip ? formatIP(ip) : text
}

/** The cluster has one family; a Service may only ask for that one. */
function initFamilies(service: Service, range: AddressRange): void {
  const spec = struct(service, 'spec')
  const refuse = (field: string, value: unknown, detail: string) =>
    invalid(groupKind(Service), service.metadata.name ?? '', [fieldInvalid(field, value, detail)])
  spec.ipFamilyPolicy ??= 'SingleStack'
  // Without a selector a headless Service may name both families: whoever writes its endpoints decides.
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) {
    if (!spec.ipFamilies?.length) spec.ipFamilies = [range.family]
    if (spec.ipFamilyPolicy === 'RequireDualStack' && spec.ipFamilies.length === 1) {
      spec.ipFamilies.push(spec.ipFamilies[0] === 'IPv4' ? 'IPv6' : 'IPv4')
    }
    return
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack') {
    const detail = 'this cluster is not configured for dual-stack services'
    throw refuse('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail)
  }
  const foreign = (spec.ipFamilies ?? []).findIndex((family) => family !== range.family)
  const given = spec.ipFamilies?.[foreign]
  if (given === 'IPv4' || given === 'IPv6') {
    throw refuse(`spec.ipFamilies[${foreign}]`, given, 'not configured on this cluster')
  }
  if (!spec.ipFamilies?.length) spec.ipFamilies = [range.family]
}
