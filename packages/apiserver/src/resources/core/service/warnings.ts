import { ipWarnings } from '../ip-warnings.ts'
import { isHeadless, type ServiceValue } from './types.ts'

const hints = 'service.kubernetes.io/topology-aware-hints'

/** Fields that say nothing beside others. As pkg/api/service `GetWarningsForService`. */
export function serviceWarnings({ metadata, spec = {} }: ServiceValue): string[] {
  const warnings: string[] = []
  const { clusterIPs = [], externalIPs = [], loadBalancerIP, sessionAffinity } = spec
  if (metadata?.annotations?.[hints] !== undefined) {
    warnings.push(`annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`)
  }
  if (isHeadless(spec)) {
    if (loadBalancerIP) warnings.push('spec.loadBalancerIP is ignored for headless services')
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services')
    if (sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services')
  } else for (const [i, ip] of clusterIPs.entries()) warnings.push(...ipWarnings(`spec.clusterIPs[${i}]`, ip))
  for (const [i, ip] of externalIPs.entries()) warnings.push(...ipWarnings(`spec.externalIPs[${i}]`, ip))
  if (loadBalancerIP) warnings.push(...ipWarnings('spec.loadBalancerIP', loadBalancerIP))
  if (spec.type === 'ExternalName') {
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"')
  } else if (spec.externalName) {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"')
  }
  return warnings
}
