import { ServiceCIDR } from '@wherry/api'
import { type DeepReadonly, parseCIDR } from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import { addressRange, type AddressRange } from './address-range.ts'

/** A range that some ServiceCIDR names. */
export interface ServiceRange extends AddressRange {
  /** Whether Services get addresses from it now. */
  readonly ready: boolean
}

/** The ServiceCIDR that the server makes from its flag. */
export const defaultServiceCIDR = 'kubernetes'

interface Known {
  readonly revision: number
  readonly ranges: readonly ServiceRange[]
}

const known = new WeakMap<Behaviours, Known>()

/** Upstream's allocators refuse wider ones. */
const shortestIPv6Prefix = 64

/**
 * The ranges of all ServiceCIDRs, each once: that of the server's flag first, the others by name. They are read anew
 * only when a ServiceCIDR has changed. As `MetaAllocator` of pkg/registry/core/service/ipallocator/cidrallocator.go.
 */
export function serviceRanges(behaviours: Behaviours): readonly ServiceRange[] {
  const store = behaviours.store(ServiceCIDR)
  const revision = store.revision()
  const last = known.get(behaviours)
  if (last?.revision === revision) return last.ranges
  const objects = [...store.list()].sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)))
  const ready = new Map<string, boolean>()
  for (const object of objects) {
    for (const text of object.spec?.cidrs ?? []) ready.set(text, ready.get(text) === true || isReady(object))
  }
  const ranges = [...ready].flatMap(([text, isReady]) => {
    const cidr = parseCIDR(text)
    if (!cidr || (cidr.ip.bytes.length > 4 && cidr.prefix < shortestIPv6Prefix)) return []
    return [{ ...addressRange(text), ready: isReady }]
  })
  known.set(behaviours, { revision, ranges })
  return ranges
}

function isDefault({ metadata }: DeepReadonly<ServiceCIDR>): boolean {
  return metadata.name === defaultServiceCIDR
}

/** One without a condition is, too: the controller that sets it may not run. */
function isReady({ metadata, status }: DeepReadonly<ServiceCIDR>): boolean {
  if (metadata.deletionTimestamp !== undefined) return false
  const condition = status?.conditions?.find(({ type }) => type === 'Ready')
  return condition === undefined || condition.status === 'True'
}
