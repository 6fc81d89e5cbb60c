import type { EnvFromSource, EnvVar, ObjectFieldSelector, ResourceFieldSelector } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isConfigMapKey,
  isDNS1123Subdomain,
  isQualifiedName,
  isRelaxedEnvVarName,
  nameIsDNSSubdomain,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { tryParse } from '../../../quantities.ts'

/** Fields of the pod that an environment variable can have. */
const envPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]
/** Fields that a downward API volume can have. */
export const volumePaths = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]
/** Fields that the downward API knows at all. As `ConvertDownwardAPIFieldLabel`. */
const knownPaths = new Set([
  ...envPaths,
  ...volumePaths,
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
])
const resourcePaths = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
]

/** As `ValidateEnv`. */
export function validateEnv(vars: DeepReadonly<EnvVar[]>, field: string): FieldError[] {
  return vars.flatMap((variable, i) => {
    const at = `${field}[${i}]`
    const { name } = variable
    const named = name ? refusals(`${at}.name`, name, isRelaxedEnvVarName(name)) : [fieldRequired(`${at}.name`)]
    return [...named, ...validateValueFrom(variable, `${at}.valueFrom`)]
  })
}

function validateValueFrom({ value, valueFrom }: DeepReadonly<EnvVar>, field: string): FieldError[] {
  if (!valueFrom) return []
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom
  const errors: FieldError[] = []
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, envPaths, `${field}.fieldRef`))
  if (resourceFieldRef) errors.push(...validateResourceRef(resourceFieldRef, false, `${field}.resourceFieldRef`))
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${field}.configMapKeyRef`))
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${field}.secretKeyRef`))
  if (fileKeyRef) {
    for (const name of ['volumeName', 'path', 'key'] as const) {
      if (!fileKeyRef[name]) errors.push(fieldRequired(`${field}.fileKeyRef.${name}`))
    }
  }
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((s) => s).length
  if (sources === 0) {
    const detail =
      'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'
    errors.push(fieldInvalid(field, '', detail))
  } else if (value) errors.push(fieldInvalid(field, '', 'may not be specified when `value` is not empty'))
  else if (sources > 1) errors.push(fieldInvalid(field, '', 'may not have more than one field specified at a time'))
  return errors
}

/** As `ValidateEnvFrom`. */
export function validateEnvFrom(sources: DeepReadonly<EnvFromSource[]>, field: string): FieldError[] {
  return sources.flatMap(({ prefix, configMapRef, secretRef }, i) => {
    const at = `${field}[${i}]`
    const errors = prefix ? refusals(`${at}.prefix`, prefix, isRelaxedEnvVarName(prefix)) : []
    for (const [name, ref] of Object.entries({ configMapRef, secretRef })) {
      if (!ref) continue
      if (!ref.name) errors.push(fieldRequired(`${at}.${name}.name`))
      else errors.push(...refusals(`${at}.${name}.name`, ref.name, nameIsDNSSubdomain(ref.name, true)))
    }
    if (!configMapRef && !secretRef) {
      errors.push(fieldInvalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'))
    } else if (configMapRef && secretRef) {
      errors.push(fieldInvalid(field, '', 'may not have more than one field specified at a time'))
    }
    return errors
  })
}

function validateKeyRef({ name = '', key }: { readonly name?: string; readonly key: string }, field: string) {
  const named = refusals(`${field}.name`, name, isDNS1123Subdomain(name))
  return [...named, ...(key ? refusals(`${field}.key`, key, isConfigMapKey(key)) : [fieldRequired(`${field}.key`)])]
}

/** A field of the pod by its path. As `validateObjectFieldSelector`. */
export function validateFieldRef(
  { apiVersion, fieldPath }: DeepReadonly<ObjectFieldSelector>,
  paths: readonly string[],
  field: string,
): FieldError[] {
  if (!apiVersion) return [fieldRequired(`${field}.apiVersion`)]
  if (!fieldPath) return [fieldRequired(`${field}.fieldPath`)]
  const subscripted = /^(.+)\['(.*)'\]$/.exec(fieldPath)
  const path = subscripted?.[1] ?? fieldPath
  const fault = conversionFault(apiVersion, path, fieldPath, subscripted !== null)
  if (fault) return [fieldInvalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${fault}`)]
  if (!subscripted) {
    return paths.includes(path) ? [] : [fieldNotSupported(`${field}.fieldPath`, path, paths)]
  }
  const key = subscripted[2] ?? ''
  return refusals(field, key, isQualifiedName(path === 'metadata.annotations' ? key.toLowerCase() : key))
}

function conversionFault(apiVersion: string, path: string, label: string, subscripted: boolean): string | undefined {
  if (apiVersion !== 'v1') return `unsupported pod version: ${apiVersion}`
  if (!subscripted) return knownPaths.has(path) ? undefined : `field label not supported: ${path}`
  if (path === 'metadata.labels' || path === 'metadata.annotations') return undefined
  return `field label does not support subscript: ${label}`
}

const divisors: Readonly<Record<string, readonly string[]>> = {
  cpu: ['1m', '1'],
  memory: ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'],
}

/** A resource of a container; a volume must say which container. As `validateContainerResourceFieldSelector`. */
export function validateResourceRef(
  { containerName, resource, divisor }: DeepReadonly<ResourceFieldSelector>,
  volume: boolean,
  field: string,
): FieldError[] {
  if (volume && !containerName) return [fieldRequired(`${field}.containerName`)]
  if (!resource) return [fieldRequired(`${field}.resource`)]
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource)
  if (!hugePages && !resourcePaths.includes(resource)) {
    return [fieldNotSupported(`${field}.resource`, resource, resourcePaths)]
  }
  const amount = divisor === undefined ? undefined : tryParse(divisor)
  if (!amount || amount.isZero()) return []
  const name = resource.endsWith('.cpu') ? 'cpu' : 'memory'
  const allowed = divisors[name] ?? []
  if (allowed.some((text) => tryParse(text)?.cmp(amount) === 0)) return []
  const plain = resource
    .replace(/^[^.]+\./, '')
    .replace('ephemeral', 'local ephemeral')
    .replace('-', ' ')
  const what = hugePages ? 'hugepages' : plain
  const list = name === 'cpu' ? '1m and 1' : allowed.join(', ')
  return [
    fieldInvalid(`${field}.divisor`, resource, `only divisor's values ${list} are supported with the ${what} resource`),
  ]
}
