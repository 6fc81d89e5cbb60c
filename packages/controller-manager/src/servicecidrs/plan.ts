import type { IPAddress, ServiceCIDR } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { containsAddress, containsPrefix, overlaps, parsePrefix, type Prefix } from './prefixes.ts'

type Range = DeepReadonly<ServiceCIDR>
type Address = DeepReadonly<IPAddress>

/** Whether the API server's allocator made the IPAddress: others block nothing. */
export function isAllocated({ metadata }: Address): boolean {
  return metadata.labels?.['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io'
}

/** The ServiceCIDRs that share addresses with this one, itself among them. */
export function overlapping(range: Range, all: readonly Range[]): Range[] {
  const own = prefixesOf(range)
  return all.filter((other) => prefixesOf(other).some((prefix) => own.some((mine) => overlaps(mine, prefix))))
}

/** The ServiceCIDRs that the address is in. */
export function containing(ip: string, all: readonly Range[]): Range[] {
  return all.filter((range) => prefixesOf(range).some((prefix) => containsAddress(prefix, ip)))
}

/**
 * Whether the ServiceCIDR can go without leaving an address of a Service in no range: other ServiceCIDRs contain all of
 * it, or each of its addresses in use. As `canDeleteCIDR` of pkg/controller/servicecidrs.
 */
export function canDelete(range: Range, all: readonly Range[], addresses: readonly Address[]): boolean {
  const own = prefixesOf(range)
  const others = all.filter(({ metadata }) => metadata.name !== range.metadata.name)
  const prefixes = others.flatMap(prefixesOf)
  if (own.every((mine) => prefixes.some((prefix) => containsPrefix(prefix, mine)))) return true
  return !addresses.some((address) => {
    const { name = '' } = address.metadata
    const isIn = (prefix: Prefix) => containsAddress(prefix, name)
    return isAllocated(address) && own.some(isIn) && !prefixes.some(isIn)
  })
}

function prefixesOf({ spec }: Range): Prefix[] {
  return (spec?.cidrs ?? []).flatMap((cidr) => parsePrefix(cidr) ?? [])
}
