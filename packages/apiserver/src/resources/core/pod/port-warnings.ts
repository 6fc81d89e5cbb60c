import type { ContainerPort } from '@wherry/api'
import { type DeepReadonly, goQuote } from '@wherry/apimachinery'
import { containersOf, type Spec } from './validation/context.ts'

type Port = DeepReadonly<ContainerPort>

/** Ports of one pod that say the same, or almost. As the last part of `warningsForPodSpecAndMeta`. */
export function portWarnings(spec: Spec, field: string): string[] {
  const warnings: string[] = []
  const known = new Map<string, { readonly at: string; readonly port: Port }[]>()
  const all = containersOf(spec, field).flatMap(([{ ports = [] }, path]) =>
    ports.map((port, i) => [port, `${path}.ports[${i}]`] as const),
  )
  for (const [port, at] of all) {
    const { hostIP = '', hostPort = 0, containerPort, protocol = '', name = '' } = port
    if (hostIP !== '' && hostPort === 0) {
      const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`
      warnings.push(`${at}: hostIP set without hostPort: ${shown}`)
    }
    const key = `${containerPort}/${protocol}`
    const others = known.get(key) ?? []
    for (const other of others) {
      const what = clash(port, other.port)
      if (what) warnings.push(`${at}: ${what} port definition with ${other.at}`)
    }
    known.set(key, [...others, { at, port }])
  }
  const names = new Map<string, string>()
  for (const [{ name = '' }, at] of all) {
    const other = names.get(name)
    if (name === '') continue
    if (other === undefined) names.set(name, at)
    else {
      const text = `duplicate port name ${goQuote(name)} with ${other}`
      warnings.push(`${at}: ${text}, services and probes that select ports by name will use ${other}`)
    }
  }
  return warnings
}

function clash(a: Port, b: Port): string | undefined {
  const [ip, otherIP, port, otherPort] = [a.hostIP ?? '', b.hostIP ?? '', a.hostPort ?? 0, b.hostPort ?? 0]
  if (ip === otherIP && port === otherPort) return 'duplicate'
  if (port === 0 || otherPort === 0) return 'overlapping'
  return port === otherPort && (ip === '') !== (otherIP === '') ? 'dangerously ambiguous' : undefined
}
