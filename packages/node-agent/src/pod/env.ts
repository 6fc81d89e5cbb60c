import type { ConfigMap, Container, Pod, Secret, Service } from '@wherry/api'
import { type PodFacts, podField, resourceField } from './field-ref.ts'

/** What an environment is made from; a getter returns undefined for an object that does not exist. */
export interface EnvSources extends PodFacts {
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  services(): Promise<Service[]>
  /** The content of a file in one of the pod's emptyDir volumes. */
  volumeFile(volume: string, path: string): Promise<string | undefined>
}

/** The pod asks for something that is not there: CreateContainerConfigError, tried again later. */
export class ContainerConfigError extends Error {
  override name = 'ContainerConfigError'
}

/** As the kubelet's makeEnvironmentVariables: service links, then envFrom, then env, later ones winning. */
export async function containerEnv(pod: Pod, container: Container, sources: EnvSources): Promise<Map<string, string>> {
  const namespace = pod.metadata.namespace ?? ''
  const links = serviceEnv(await sources.services(), namespace, pod.spec?.enableServiceLinks !== false)
  const result = new Map<string, string>()
  for (const from of container.envFrom ?? []) {
    const source = from.configMapRef ?? from.secretRef
    const name = source?.name ?? ''
    const object = from.configMapRef ? await sources.configMap(name) : await sources.secret(name)
    if (!object) {
      if (source?.optional) continue
      throw new ContainerConfigError(`${from.configMapRef ? 'configmap' : 'secret'} "${name}" not found`)
    }
    for (const [key, value] of Object.entries(object.data ?? {})) {
      result.set(`${from.prefix ?? ''}${key}`, from.configMapRef ? value : decode(value))
    }
  }
  for (const variable of container.env ?? []) {
    let value: string | undefined = variable.value ?? ''
    const from = variable.valueFrom
    if (from?.fieldRef) {
      value = podField(pod, from.fieldRef.fieldPath, sources)
      if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`)
    } else if (from?.resourceFieldRef) {
      const { containerName, resource, divisor } = from.resourceFieldRef
      const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]
      const target = containerName ? all.find((item) => item.name === containerName) : container
      if (!target) throw new ContainerConfigError(`container ${containerName} not found`)
      value = resourceField(target, resource, divisor === undefined ? undefined : String(divisor), sources)
    } else if (from?.configMapKeyRef) {
      const { name = '', key, optional } = from.configMapKeyRef
      const object = await sources.configMap(name)
      if (!object && !optional) throw new ContainerConfigError(`configmap "${name}" not found`)
      value = object?.data?.[key]
      if (value === undefined && !optional) {
        throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
      }
    } else if (from?.secretKeyRef) {
      const { name = '', key, optional } = from.secretKeyRef
      const object = await sources.secret(name)
      if (!object && !optional) throw new ContainerConfigError(`secret "${name}" not found`)
      const data = object?.data?.[key]
      value = data === undefined ? undefined : decode(data)
      if (value === undefined && !optional) {
        throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`)
      }
    } else if (from?.fileKeyRef) {
      const { volumeName, path, key, optional } = from.fileKeyRef
      value = parseEnvFile((await sources.volumeFile(volumeName, path)) ?? '').get(key)
      if (value === undefined && !optional) {
        throw new ContainerConfigError(`environment variable key "${key}" not found in file "${path}"`)
      }
    } else {
      value = expand(value, (name) => result.get(name) ?? links.get(name))
    }
    if (value !== undefined) result.set(variable.name, value)
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value)
  return result
}

/** `$(NAME)` becomes the variable's value, `$$` a dollar sign; an unknown name stays as it is written. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, dollar: string, name: string) =>
    dollar === '$' ? '$' : (lookup(name) ?? whole),
  )
}

/** As the kubelet's envvars.FromServices, plus the API server's own service, which every pod gets. */
export function serviceEnv(services: readonly Service[], namespace: string, links: boolean): Map<string, string> {
  const env = new Map<string, string>()
  for (const service of services) {
    const isMaster = service.metadata.namespace === 'default' && service.metadata.name === 'kubernetes'
    if (!isMaster && !(links && service.metadata.namespace === namespace)) continue
    const ip = service.spec?.clusterIP
    const ports = service.spec?.ports ?? []
    const first = ports[0]
    if (!ip || ip === 'None' || !first) continue
    const name = envName(service.metadata.name ?? '')
    env.set(`${name}_SERVICE_HOST`, ip)
    env.set(`${name}_SERVICE_PORT`, String(first.port))
    for (const port of ports) if (port.name) env.set(`${name}_SERVICE_PORT_${envName(port.name)}`, String(port.port))
    for (const [index, port] of ports.entries()) {
      const protocol = (port.protocol ?? 'TCP').toUpperCase()
      const prefix = `${name}_PORT_${port.port}_${protocol}`
      const url = `${protocol.toLowerCase()}://${ip}:${port.port}`
      if (index === 0) env.set(`${name}_PORT`, url)
      env.set(prefix, url)
      env.set(`${prefix}_PROTO`, protocol.toLowerCase())
      env.set(`${prefix}_PORT`, String(port.port))
      env.set(`${prefix}_ADDR`, ip)
    }
  }
  return env
}

function envName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_')
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}

function parseEnvFile(text: string): Map<string, string> {
  const result = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    if (match) result.set(match[1] ?? '', (match[2] ?? '').replace(/^(['"])(.*)\1\s*$/, '$2'))
  }
  return result
}
