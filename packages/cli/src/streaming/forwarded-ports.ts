import type { Pod, Service } from '@wherry/api'
import { CommandError } from '../errors.ts'

/** A port here and the pod's port that it leads to; 0 here takes a free one. */
export interface PortPair {
  local: number
  remote: number
}

/** `8080:80`, `8080`, `:80` or with the name of a container's port. Throws in kubectl's words. */
export function forwardedPorts(specs: readonly string[], pod: Pod): PortPair[] {
  return specs.map((spec) => {
    const { left, right } = split(spec)
    const remote = podPort(pod, right)
    return { local: left === undefined ? remote : localPort(left), remote }
  })
}

/** The same for a service's ports, translated to what they target in the pod. */
export function servicePorts(specs: readonly string[], service: Service, pod: Pod): PortPair[] {
  return specs.map((spec) => {
    const { left, right } = split(spec)
    const numeric = /^\d+$/.test(right)
    const wanted = service.spec?.ports?.find(({ name, port }) => (numeric ? port === Number(right) : name === right))
    if (!wanted) {
      const what = numeric ? `have a service port ${right}` : `have a named port '${right}'`
      throw new CommandError(`Service ${service.metadata.name} does not ${what}`)
    }
    const headless = service.spec?.clusterIP === 'None'
    const target = wanted.targetPort ?? wanted.port
    const remote = headless
      ? wanted.port
      : typeof target === 'number'
        ? target || wanted.port
        : podPort(pod, String(target))
    return { local: left === undefined ? wanted.port : localPort(left), remote }
  })
}

function split(spec: string): { left: string | undefined; right: string } {
  const parts = spec.split(':')
  if (parts.length > 2) throw new CommandError(`invalid port format '${spec}'`)
  const [first = '', second] = parts
  return second === undefined ? { left: undefined, right: first } : { left: first, right: second }
}

function localPort(text: string): number {
  if (text === '') return 0
  return portNumber(text, 'local')
}

function podPort(pod: Pod, text: string): number {
  if (/^\d+$/.test(text)) return portNumber(text, 'remote')
  for (const { ports = [] } of pod.spec?.containers ?? []) {
    const found = ports.find(({ name }) => name === text)
    if (found) return found.containerPort
  }
  throw new CommandError(`Pod '${pod.metadata.name}' does not have a named port '${text}'`)
}

function portNumber(text: string, side: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new CommandError(`error parsing ${side} port '${text}': strconv.ParseUint: parsing "${text}": invalid syntax`)
  if (side === 'remote' && port === 0) throw new CommandError('remote port must be > 0')
  return port
}
