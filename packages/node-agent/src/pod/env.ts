import type { ConfigMap, EnvVar, Secret } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { parseEnvFile } from './env-file.ts'
import { type PodFacts, podField, resourceField } from './field-ref.ts'
import { allContainers, type ContainerSpec, type PodObject } from './pod-object.ts'

/** What an environment is made from; a getter resolves with undefined for an object that does not exist. */
export interface EnvSources extends PodFacts {
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>
  /** Variables of services, which all others win over. */
  services: ReadonlyMap<string, string>
  /** The content of a file in one of the pod's emptyDir volumes. */
  volumeFile(volume: string, path: string): Promise<string | undefined>
}

/** The pod asks for something that is not there: CreateContainerConfigError, tried again later. */
export class ContainerConfigError extends Error {
  override name = 'ContainerConfigError'
}

/** As the kubelet's makeEnvironmentVariables: services, then envFrom, then env, later ones winning. */
export async function containerEnv(
  pod: PodObject,
  container: ContainerSpec,
  sources: EnvSources,
): Promise<Map<string, string>> {
  const result = new Map<string, string>()
  for (const from of container.envFrom ?? []) {
    const { name = '', optional } = from.configMapRef ?? from.secretRef ?? {}
    const object = from.configMapRef ? await sources.configMap(name) : await sources.secret(name)
    if (!object) {
      if (optional) continue
      throw new ContainerConfigError(`${from.configMapRef ? 'configmap' : 'secret'} "${name}" not found`)
    }
    for (const [key, value] of Object.entries(object.data ?? {})) {
      result.set(`${from.prefix ?? ''}${key}`, from.configMapRef ? value : decode(value))
    }
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? await valueFrom(pod, container, variable.valueFrom, sources)
      : expand(variable.value ?? '', (name) => result.get(name) ?? sources.services.get(name))
    if (value !== undefined) result.set(variable.name, value)
  }
  for (const [name, value] of sources.services) if (!result.has(name)) result.set(name, value)
  return result
}

type Source = DeepReadonly<NonNullable<EnvVar['valueFrom']>>

/** Undefined for what is optional and missing. */
async function valueFrom(
  pod: PodObject,
  container: ContainerSpec,
  from: Source,
  sources: EnvSources,
): Promise<string | undefined> {
  const { namespace } = pod.metadata
  if (from.fieldRef) {
    const value = podField(pod, from.fieldRef.fieldPath, sources)
    if (value === undefined) throw new ContainerConfigError(`unsupported fieldPath: ${from.fieldRef.fieldPath}`)
    return value
  }
  if (from.resourceFieldRef) {
    const { containerName, resource, divisor } = from.resourceFieldRef
    const target = containerName ? allContainers(pod).find(({ name }) => name === containerName) : container
    if (!target) throw new ContainerConfigError(`container ${containerName} not found`)
    return resourceField(target, resource, divisor, sources)
  }
  if (from.configMapKeyRef) {
    const { name = '', key, optional } = from.configMapKeyRef
    const object = await sources.configMap(name)
    if (!object && !optional) throw new ContainerConfigError(`configmap "${name}" not found`)
    const value = object?.data?.[key]
    if (value === undefined && !optional) {
      throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`)
    }
    return value
  }
  if (from.secretKeyRef) {
    const { name = '', key, optional } = from.secretKeyRef
    const object = await sources.secret(name)
    if (!object && !optional) throw new ContainerConfigError(`secret "${name}" not found`)
    const value = object?.data?.[key]
    if (value === undefined && !optional) {
      throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`)
    }
    return value === undefined ? undefined : decode(value)
  }
  if (from.fileKeyRef) {
    const { volumeName, path, key, optional } = from.fileKeyRef
    const value = parseEnvFile((await sources.volumeFile(volumeName, path)) ?? '').get(key)
    if (value === undefined && !optional) {
      throw new ContainerConfigError(`environment variable key "${key}" not found in file "${path}"`)
    }
    return value
  }
  return ''
}

/** `$(NAME)` becomes the variable's value, `$$` a dollar sign; an unknown name stays as it is written. */
export function expand(text: string, lookup: (name: string) => string | undefined): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, dollar: string, name: string) =>
    dollar === '$' ? '$' : (lookup(name) ?? whole),
  )
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString()
}
