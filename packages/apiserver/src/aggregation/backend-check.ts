import type { APIServiceCondition, EndpointSlice, Service } from '@wherry/api'
import { type DeepReadonly, goQuote } from '@wherry/apimachinery'
import type { ServiceRef } from '../connect/service-endpoints.ts'

export type Finding = Pick<APIServiceCondition, 'status' | 'reason' | 'message'>

/**
 * Why nobody can answer behind a Service, as far as its objects tell; undefined where somebody may.
 *
 * As upstream: kube-aggregator `pkg/controllers/status/remote`, the checks before the one of discovery.
 */
export function checkBackend(
  { namespace, name, port }: ServiceRef,
  service: DeepReadonly<Service> | undefined,
  slices: readonly DeepReadonly<EndpointSlice>[],
): Finding | undefined {
  const at = `service/${name} in ${goQuote(namespace)}`
  if (!service) return unavailable('ServiceNotFound', `${at} is not present`)
  const { type = 'ClusterIP', ports = [] } = service.spec ?? {}
  if (type !== 'ClusterIP') return undefined
  const found = ports.find((one) => one.port === port)
  if (!found) return unavailable('ServicePortError', `${at} is not listening on port ${port}`)
  if (slices.length === 0) return unavailable('EndpointsNotFound', `cannot find endpointslices for ${at}`)
  const portName = found.name ?? ''
  if (slices.some((slice) => hasEndpoint(slice, portName))) return undefined
  return unavailable(
    'MissingEndpoints',
    `endpointslices for ${at} have no addresses with port name ${goQuote(portName)}`,
  )
}

export function unavailable(reason: string, message: string): Finding {
  return { status: 'False', reason, message }
}

export const passed: Finding = { status: 'True', reason: 'Passed', message: 'all checks passed' }

function hasEndpoint({ endpoints, ports }: DeepReadonly<EndpointSlice>, portName: string): boolean {
  const isReady = (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false)
  return isReady && (ports ?? []).some(({ name, port }) => (name ?? '') === portName && port !== undefined)
}
