import { Service, type ServicePort } from '@wherry/api'
import { fieldInvalid, groupKind, internalError, invalid } from '@wherry/apimachinery'
import type { Behaviours } from '../../../registry/behaviours.ts'
import type { Rollback } from '../../../registry/resource.ts'
import { struct } from '../../structs.ts'
import { spread } from './address-range.ts'
import { allocatesNodePorts, canHaveNodePorts, needsHealthCheckNodePort, type ServiceValue } from './types.ts'

/** Ports of writes that are under way: a Service that is not stored yet has no place of its own to show them. */
const underWay = new WeakMap<Behaviours, Set<number>>()

/**
 * Gets the Service its node ports: those that it asks for, else free ones of the range, the same for TCP and UDP on
 * one port. What is in use follows from the Services themselves. As `initNodePorts` of
 * pkg/registry/core/service/storage/alloc.go.
 */
export function allocateNodePorts(
  service: Service,
  old: ServiceValue | undefined,
  behaviours: Behaviours,
): Rollback | undefined {
  const spec = struct(service, 'spec')
  if (!canHaveNodePorts(spec)) return undefined
  const ports = newPortSet(service, old, behaviours)
  try {
    assign(service, spec.ports ?? [], allocatesNodePorts(spec), ports)
    if (needsHealthCheckNodePort(spec)) assignHealthCheck(service, ports)
  } catch (error) {
    ports.release()
    throw error
  }
  return async () => ports.release()
}

/** The write has happened, or the Service is gone: its ports count by the Services alone again. */
export function settleNodePorts(service: ServiceValue, behaviours: Behaviours): void {
  const pending = underWay.get(behaviours)
  for (const port of nodePortsOf(service)) pending?.delete(port)
}

function assign(service: Service, servicePorts: ServicePort[], automatic: boolean, ports: PortSet): void {
  /** By the port of the Service. */
  const assigned = new Map<number, number>()
  for (const [i, port] of servicePorts.entries()) {
    if (!port.nodePort && !automatic) continue
    const shared = assigned.get(port.port)
    if (shared === undefined) {
      const wanted = servicePorts.find((other) => other.port === port.port && other.nodePort)?.nodePort
      if (wanted) take(service, i, wanted, ports)
      port.nodePort = wanted ?? ports.takeNext()
      assigned.set(port.port, port.nodePort)
    } else if (!port.nodePort) port.nodePort = shared
    else if (port.nodePort !== shared) take(service, i, port.nodePort, ports)
  }
}

function take(service: Service, index: number, port: number, ports: PortSet): void {
  const refusal = ports.take(port)
  if (!refusal) return
  const error = fieldInvalid(`spec.ports[${index}].nodePort`, port, refusal)
  throw invalid(groupKind(Service), service.metadata.name ?? '', [error])
}

function assignHealthCheck(service: Service, ports: PortSet): void {
  const spec = struct(service, 'spec')
  if (!spec.healthCheckNodePort) {
    spec.healthCheckNodePort = ports.takeNext()
    return
  }
  const refusal = ports.take(spec.healthCheckNodePort)
  if (refusal) {
    const what = `failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}`
    throw internalError(new Error(`${what}: ${refusal}`))
  }
}

interface PortSet {
  /** Why the port cannot be had; undefined when it is taken now. */
  take(port: number): string | undefined
  takeNext(): number
  /** Gives back what this write took. */
  release(): void
}

function newPortSet(service: Service, old: ServiceValue | undefined, behaviours: Behaviours): PortSet {
  const [first, last] = behaviours.options.serviceNodePortRange
  const own = new Set(old ? nodePortsOf(old) : [])
  const used = new Set<number>()
  for (const other of behaviours.store(Service).list()) {
    if (other.metadata.uid !== service.metadata.uid) for (const port of nodePortsOf(other)) used.add(port)
  }
  const pending = underWay.get(behaviours) ?? new Set<number>()
  underWay.set(behaviours, pending)
  const mine: number[] = []
  const isFree = (port: number) => !used.has(port) && !pending.has(port)
  const mark = (port: number) => {
    pending.add(port)
    mine.push(port)
  }
  return {
    take(port) {
      if (own.has(port) || mine.includes(port)) return undefined
      if (port < first || port > last) {
        return `provided port is not in the valid range. The range of valid ports is ${first}-${last}`
      }
      if (!isFree(port)) return 'provided port is already allocated'
      mark(port)
      return undefined
    },
    takeNext() {
      const size = last - first + 1
      const start = spread(service.metadata.uid ?? '') % size
      for (let i = 0; i < size; i++) {
        const port = first + ((start + i) % size)
        if (own.has(port) || !isFree(port)) continue
        mark(port)
        return port
      }
      throw internalError(new Error('failed to allocate a nodePort: range is full'))
    },
    release() {
      for (const port of mine) pending.delete(port)
    },
  }
}

function nodePortsOf({ spec }: ServiceValue): number[] {
  const ports = (spec?.ports ?? []).flatMap(({ nodePort }) => nodePort || [])
  return spec?.healthCheckNodePort ? [...ports, spec.healthCheckNodePort] : ports
}
