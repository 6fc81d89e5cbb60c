import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressTLS } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortName,
  isPortNum,
  isValidIPForLegacyField,
  isWildcardDNS1123Subdomain,
  parseIP,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { validateReference } from './ingress-class.ts'

type Value = DeepReadonly<Ingress>

export const classAnnotation = 'kubernetes.io/ingress.class'

/** What an update may keep that a new Ingress may not have. */
interface Leniency {
  readonly secretNames: boolean
  readonly wildcardRules: boolean
}

const strict: Leniency = { secretNames: false, wildcardRules: false }

/** As pkg/apis/networking/validation `ValidateIngressCreate` and `ValidateIngressUpdate`. */
export function validateIngress({ spec = {}, metadata }: Value, old?: Value): FieldError[] {
  const leniency = {
    secretNames: (old?.spec?.tls ?? []).some(({ secretName }) => validateSecretName(secretName, '').length > 0),
    wildcardRules: (old?.spec?.rules ?? []).some(
      (rule) => rule.host?.includes('*') && validatePaths(rule, '').length > 0,
    ),
  }
  const errors: FieldError[] = []
  const rules = spec.rules ?? []
  if (rules.length === 0 && !spec.defaultBackend) {
    errors.push(fieldInvalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'))
  errors.push(...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`, leniency)))
  errors.push(...(spec.tls ?? []).flatMap((tls, i) => validateTLS(tls, `spec.tls[${i}]`, leniency)))
  const className = spec.ingressClassName
  if (className !== undefined) {
    errors.push(...refusals('spec.ingressClassName', className, isDNS1123Subdomain(className)))
  }
  const annotation = metadata.annotations?.[classAnnotation]
  if (!old && annotation !== undefined && className !== undefined && annotation !== className) {
    const detail = 'must match `ingressClassName` when both are specified'
    errors.push(fieldInvalid(`annotations.${classAnnotation}`, annotation, detail))
  }
  return errors
}

/** As `ValidateIngressStatusUpdate`: addresses that were there before may stay. */
export function validateIngressStatus({ status }: Value, old: Value): FieldError[] {
  const known = new Set((old.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip))
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => {
    const field = `status.loadBalancer.ingress[${i}]`
    const errors = ip && !known.has(ip) ? refusals(`${field}.ip`, ip, isValidIPForLegacyField(ip)) : []
    if (!hostname) return errors
    errors.push(...refusals(`${field}.hostname`, hostname, isDNS1123Subdomain(hostname)))
    if (parseIP(hostname)) errors.push(fieldInvalid(`${field}.hostname`, hostname, notAnAddress))
    return errors
  })
}

const notAnAddress = 'must be a DNS name, not an IP address'

function validateHost(host: string, field: string): FieldError[] {
  return refusals(field, host, host.includes('*') ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host))
}

function validateTLS(tls: DeepReadonly<IngressTLS>, field: string, leniency: Leniency): FieldError[] {
  const errors = (tls.hosts ?? []).flatMap((host, i) => validateHost(host, `${field}.hosts[${i}]`))
  return leniency.secretNames ? errors : [...errors, ...validateSecretName(tls.secretName, `${field}.secretName`)]
}

function validateSecretName(name: string | undefined, field: string): FieldError[] {
  return name ? refusals(field, name, isDNS1123Subdomain(name)) : []
}

function validateRule(rule: DeepReadonly<IngressRule>, field: string, leniency = strict): FieldError[] {
  const errors: FieldError[] = []
  if (rule.host) {
    if (parseIP(rule.host)) errors.push(fieldInvalid(`${field}.host`, rule.host, notAnAddress))
    errors.push(...validateHost(rule.host, `${field}.host`))
  }
  return rule.host?.includes('*') && leniency.wildcardRules ? errors : [...errors, ...validatePaths(rule, field)]
}

function validatePaths(rule: DeepReadonly<IngressRule>, field: string): FieldError[] {
  if (!rule.http) return []
  const paths = rule.http.paths ?? []
  const errors = paths.length === 0 ? [fieldRequired(`${field}.http.paths`)] : []
  return [...errors, ...paths.flatMap((path, i) => validatePath(path, `${field}.http.paths[${i}]`))]
}

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix']
const invalidSequences = ['//', '/./', '/../', '%2f', '%2F']
const invalidSuffixes = ['/..', '/.']

function validatePath({ path = '', pathType, backend }: DeepReadonly<HTTPIngressPath>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const absolute = 'must be an absolute path'
  if (!pathType) return [fieldRequired(`${field}.pathType`, 'pathType must be specified')]
  if (pathType === 'Exact' || pathType === 'Prefix') {
    if (!path.startsWith('/')) errors.push(fieldInvalid(`${field}.path`, path, absolute))
    for (const part of invalidSequences) {
      if (path.includes(part)) errors.push(fieldInvalid(`${field}.path`, path, `must not contain '${part}'`))
    }
    for (const end of invalidSuffixes) {
      if (path.endsWith(end)) errors.push(fieldInvalid(`${field}.path`, path, `cannot end with '${end}'`))
    }
  } else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) errors.push(fieldInvalid(`${field}.path`, path, absolute))
  } else {
    errors.push(fieldNotSupported(`${field}.pathType`, pathType, pathTypes))
  }
  return [...errors, ...validateBackend(backend ?? {}, `${field}.backend`)]
}

function validateBackend({ service, resource }: DeepReadonly<IngressBackend>, field: string): FieldError[] {
  if (service && resource) return [fieldInvalid(field, '', 'cannot set both resource and service backends')]
  if (resource) return validateReference(resource, `${field}.resource`)
  if (!service) return [fieldInvalid(field, '', 'resource or service backend is required')]
  const errors: FieldError[] = []
  if (!service.name) errors.push(fieldRequired(`${field}.service.name`))
  else errors.push(...refusals(`${field}.service.name`, service.name, isDNS1123Label(service.name)))
  const { name, number } = service.port ?? {}
  if (name && number) errors.push(fieldInvalid(field, '', 'cannot set both port name & port number'))
  else if (name) errors.push(...refusals(`${field}.service.port.name`, name, isPortName(name)))
  else if (number) errors.push(...refusals(`${field}.service.port.number`, number, isPortNum(number)))
  else errors.push(fieldRequired(field, 'port name or number is required'))
  return errors
}
