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
  isValidIP,
  isWildcardDNS1123Subdomain,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'

/** As pkg/apis/networking/validation `ValidateIngressCreate`. */
export function validateIngress({ spec = {} }: DeepReadonly<Ingress>): FieldError[] {
  const errors: FieldError[] = []
  const rules = spec.rules ?? []
  if (rules.length === 0 && !spec.defaultBackend) {
    errors.push(fieldInvalid('spec', rules, 'either `defaultBackend` or `rules` must be specified'))
  }
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'))
  errors.push(...rules.flatMap((rule, i) => validateRule(rule, `spec.rules[${i}]`)))
  errors.push(...(spec.tls ?? []).flatMap((tls, i) => validateTLS(tls, `spec.tls[${i}]`)))
  const className = spec.ingressClassName
  if (className !== undefined) {
    errors.push(...refusals('spec.ingressClassName', className, isDNS1123Subdomain(className)))
  }
  return errors
}

function validateHost(host: string, field: string): FieldError[] {
  return refusals(field, host, host.includes('*') ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host))
}

function validateTLS(tls: DeepReadonly<IngressTLS>, field: string): FieldError[] {
  const errors = (tls.hosts ?? []).flatMap((host, i) => validateHost(host, `${field}.hosts[${i}]`))
  if (tls.secretName) {
    errors.push(...refusals(`${field}.secretName`, tls.secretName, isDNS1123Subdomain(tls.secretName)))
  }
  return errors
}

function validateRule(rule: DeepReadonly<IngressRule>, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (rule.host) {
    if (isValidIP(rule.host).length === 0) {
      errors.push(fieldInvalid(`${field}.host`, rule.host, 'must be a DNS name, not an IP address'))
    }
    errors.push(...validateHost(rule.host, `${field}.host`))
  }
  if (!rule.http) return errors
  const paths = rule.http.paths ?? []
  if (paths.length === 0) errors.push(fieldRequired(`${field}.http.paths`))
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
  if (resource) {
    return (['kind', 'name'] as const).flatMap((name) =>
      resource[name] ? [] : [fieldRequired(`${field}.resource.${name}`)],
    )
  }
  if (!service) return [fieldRequired(field, 'resource or service backend is required')]
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
