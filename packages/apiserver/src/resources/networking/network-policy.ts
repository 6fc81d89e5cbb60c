import { type IPBlock, NetworkPolicy, type NetworkPolicyPeer, type NetworkPolicyPort } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isPortName,
  isPortNum,
  isValidCIDRForLegacyField,
  parseCIDR,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, formatLabelSelector, nameColumn } from '../columns.ts'
import { refusals } from '../fields.ts'
import { struct } from '../structs.ts'

const protocols = ['TCP', 'UDP', 'SCTP']
const types = ['Ingress', 'Egress']

export const networkPolicies = defineResource(NetworkPolicy, {
  shortNames: ['netpol'],
  generation: true,
  setDefaults(policy) {
    const spec = struct(policy, 'spec')
    spec.podSelector ??= {}
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP'
    }
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']
  },
  validate,
  columns: [
    nameColumn(),
    { name: 'Pod-Selector', type: 'string', value: (policy) => formatLabelSelector(policy.spec?.podSelector) },
    ageColumn(),
  ],
})

type Policy = DeepReadonly<NetworkPolicy>

/** What an update may keep that a new policy may not have. */
interface Leniency {
  readonly labels: { readonly allowInvalidValues: boolean }
  readonly cidrs: ReadonlySet<string>
}

function leniencyFor(old: Policy | undefined): Leniency {
  const selector = old?.spec?.podSelector
  const blocks = [
    ...(old?.spec?.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(old?.spec?.egress ?? []).flatMap(({ to }) => to ?? []),
  ].flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : []))
  return {
    labels: { allowInvalidValues: selector !== undefined && validateLabelSelector(selector, '').length > 0 },
    cidrs: new Set(blocks),
  }
}

/** As pkg/apis/networking/validation `ValidateNetworkPolicy`. */
function validate({ spec = {} }: Policy, old?: Policy): FieldError[] {
  const leniency = leniencyFor(old)
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector', leniency.labels)
  const rules = (
    ports: DeepReadonly<NetworkPolicyPort[]> | undefined,
    peers: DeepReadonly<NetworkPolicyPeer[]> | undefined,
    field: string,
    side: string,
  ) => [
    ...(ports ?? []).flatMap((port, i) => validatePort(port, `${field}.ports[${i}]`)),
    ...(peers ?? []).flatMap((peer, i) => validatePeer(peer, `${field}.${side}[${i}]`, leniency)),
  ]
  for (const [i, rule] of (spec.ingress ?? []).entries()) {
    errors.push(...rules(rule.ports, rule.from, `spec.ingress[${i}]`, 'from'))
  }
  for (const [i, rule] of (spec.egress ?? []).entries()) {
    errors.push(...rules(rule.ports, rule.to, `spec.egress[${i}]`, 'to'))
  }
  const asked = spec.policyTypes ?? []
  if (asked.length > types.length) {
    return [...errors, fieldInvalid('spec.policyTypes', asked, 'may not specify more than two policyTypes')]
  }
  for (const [i, type] of asked.entries()) {
    if (!types.includes(type)) errors.push(fieldNotSupported(`spec.policyTypes[${i}]`, type, types))
  }
  return errors
}

function validatePort({ protocol, port, endPort }: DeepReadonly<NetworkPolicyPort>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const refuseEnd = (detail: string) => errors.push(fieldInvalid(`${field}.endPort`, endPort, detail))
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(fieldNotSupported(`${field}.protocol`, protocol, protocols))
  }
  if (typeof port === 'number') {
    errors.push(...refusals(`${field}.port`, port, isPortNum(port)))
    if (endPort === undefined) return errors
    if (endPort < port) refuseEnd('must be greater than or equal to `port`')
    return [...errors, ...refusals(`${field}.endPort`, endPort, isPortNum(endPort))]
  }
  if (port === undefined) {
    if (endPort !== undefined) refuseEnd('may not be specified when `port` is not specified')
    return errors
  }
  if (endPort !== undefined) refuseEnd('may not be specified when `port` is non-numeric')
  return [...errors, ...refusals(`${field}.port`, port, isPortName(port))]
}

function validatePeer(peer: DeepReadonly<NetworkPolicyPeer>, field: string, leniency: Leniency): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const errors: FieldError[] = []
  if (podSelector) errors.push(...validateLabelSelector(podSelector, `${field}.podSelector`, leniency.labels))
  if (namespaceSelector) {
    errors.push(...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`, leniency.labels))
  }
  if (ipBlock) errors.push(...validateBlock(ipBlock, `${field}.ipBlock`, leniency))
  if (!podSelector && !namespaceSelector && !ipBlock) {
    errors.push(fieldRequired(field, 'must specify a peer'))
  } else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(fieldForbidden(field, 'may not specify both ipBlock and another peer'))
  }
  return errors
}

function validateBlock(block: DeepReadonly<IPBlock>, field: string, { cidrs }: Leniency): FieldError[] {
  const { cidr = '', except = [] } = block
  if (cidr === '') return [fieldRequired(`${field}.cidr`)]
  const refuse = (text: string, at: string) =>
    cidrs.has(text) ? [] : refusals(at, text, isValidCIDRForLegacyField(text))
  const errors = refuse(cidr, `${field}.cidr`)
  const whole = parseCIDR(cidr)
  if (!whole) return errors
  for (const [i, text] of except.entries()) {
    const at = `${field}.except[${i}]`
    errors.push(...refuse(text, at))
    const part = parseCIDR(text)
    if (part && !isWithin(part, whole)) {
      errors.push(fieldInvalid(at, text, 'must be a strict subset of `cidr`'))
    }
  }
  return errors
}

type Range = NonNullable<ReturnType<typeof parseCIDR>>

function isWithin(part: Range, whole: Range): boolean {
  if (part.ip.bytes.length !== whole.ip.bytes.length || part.prefix <= whole.prefix) return false
  return whole.ip.bytes.every((byte, i) => {
    const mask = 0xff & (0xff00 >> Math.max(0, Math.min(8, whole.prefix - i * 8)))
    return (byte & mask) === ((part.ip.bytes[i] ?? 0) & mask)
  })
}
