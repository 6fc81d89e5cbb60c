import type { ResourceDefinition } from '../../registry/resource.ts'
import { ingressClasses } from './ingress-class.ts'
import { ingresses } from './ingress.ts'
import { ipAddresses } from './ip-address.ts'
import { networkPolicies } from './network-policy.ts'
import { serviceCIDRs } from './service-cidr.ts'

export const networkingDefinitions: readonly ResourceDefinition[] = [
  ingressClasses,
  ingresses,
  ipAddresses,
  networkPolicies,
  serviceCIDRs,
]
