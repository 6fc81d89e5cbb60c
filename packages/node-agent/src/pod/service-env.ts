import type { Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

/** The name and namespace of the API server's own Service, which every pod is told of. */
export const masterService = { namespace: 'default', name: 'kubernetes' }

/**
 * Variables for the services that a pod of this namespace sees; with `links` false only for the API server's. As the
 * kubelet's envvars.FromServices.
 */
export function serviceEnv(
  services: readonly DeepReadonly<Service>[],
  namespace: string,
  links: boolean,
): Map<string, string> {
  const env = new Map<string, string>()
  for (const service of services) {
    const { metadata, spec } = service
    const isMaster = metadata.namespace === masterService.namespace && metadata.name === masterService.name
    if (!isMaster && !(links && metadata.namespace === namespace)) continue
    const ip = spec?.clusterIP
    const ports = spec?.ports ?? []
    const first = ports[0]
    if (!ip || ip === 'None' || !first) continue
    const name = variableName(metadata.name ?? '')
    env.set(`${name}_SERVICE_HOST`, ip)
    env.set(`${name}_SERVICE_PORT`, String(first.port))
    for (const { name: portName, port } of ports) {
      if (portName) env.set(`${name}_SERVICE_PORT_${variableName(portName)}`, String(port))
    }
    for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
      const prefix = `${name}_PORT_${port}_${protocol.toUpperCase()}`
      const url = `${protocol.toLowerCase()}://${ip}:${port}`
      if (index === 0) env.set(`${name}_PORT`, url)
      env.set(prefix, url)
      env.set(`${prefix}_PROTO`, protocol.toLowerCase())
      env.set(`${prefix}_PORT`, String(port))
      env.set(`${prefix}_ADDR`, ip)
    }
  }
  return env
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}
