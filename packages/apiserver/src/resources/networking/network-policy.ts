import { type NetworkPolicyPeer, NetworkPolicy, type NetworkPolicyPort } from '@wherry/api'
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
  validateLabelSelector,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, formatLabelSelector, nameColumn } from '../columns.ts'
import { refusals } from '../fields.ts'
import { struct } from '../structs.ts'

const protocols = ['SCTP', 'TCP', 'UDP']

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

function validate({ spec = {} }: DeepReadonly<NetworkPolicy>): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector')
  for (const [i, rule] of (spec.ingress ?? []).entries()) {
    errors.push(...validateRule(rule.ports, rule.from, `spec.ingress[${i}]`, 'from'))
  }
  for (const [i, rule] of (spec.egress ?? []).entries()) {
    errors.push(...validateRule(rule.ports, rule.to, `spec.egress[${i}]`, 'to'))
  }
  const types = spec.policyTypes ?? []
  if (types.length > 2) {
    return [...errors, fieldInvalid('spec.policyTypes', types, 'may not specify more than two policyTypes')]
  }
  for (const [i, type] of types.entries()) {
    if (type !== 'Ingress' && type !== 'Egress') {
      errors.push(fieldNotSupported(`spec.policyTypes[${i}]`, type, ['Egress', 'Ingress']))
    }
  }
  return errors
}

function validateRule(
  ports: DeepReadonly<NetworkPolicyPort[]> | undefined,
  peers: DeepReadonly<NetworkPolicyPeer[]> | undefined,
  field: string,
  side: string,
): FieldError[] {
  return [
    ...(ports ?? []).flatMap((port, i) => validatePort(port, `${field}.ports[${i}]`)),
    ...(peers ?? []).flatMap((peer, i) => validatePeer(peer, `${field}.${side}[${i}]`)),
  ]
}

function validatePort({ protocol, port, endPort }: DeepReadonly<NetworkPolicyPort>, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(fieldNotSupported(`${field}.protocol`, protocol, protocols))
  }
  if (typeof port === 'number') errors.push(...refusals(`${field}.port`, port, isPortNum(port)))
  if (typeof port === 'string') errors.push(...refusals(`${field}.port`, port, isPortName(port)))
  if (endPort === undefined) return errors
  if (port === undefined) {
    errors.push(fieldInvalid(`${field}.endPort`, endPort, 'may not be specified when `port` is not specified'))
  } else if (typeof port === 'string') {
    errors.push(fieldInvalid(`${field}.endPort`, endPort, 'may not be specified when `port` is non-numeric'))
  } else if (endPort < port) {
    errors.push(fieldInvalid(`${field}.endPort`, endPort, 'must be greater than or equal to `port`'))
  }
  return [...errors, ...refusals(`${field}.endPort`, endPort, isPortNum(endPort))]
}

function validatePeer(peer: DeepReadonly<NetworkPolicyPeer>, field: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const errors: FieldError[] = []
  if (podSelector) errors.push(...validateLabelSelector(podSelector, `${field}.podSelector`))
  if (namespaceSelector) errors.push(...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`))
  if (ipBlock) {
    if (!ipBlock.cidr) errors.push(fieldRequired(`${field}.ipBlock.cidr`))
    else errors.push(...refusals(`${field}.ipBlock.cidr`, ipBlock.cidr, isValidCIDRForLegacyField(ipBlock.cidr)))
  }
  if (!podSelector && !namespaceSelector && !ipBlock) {
    errors.push(fieldRequired(field, 'must specify a peer'))
  } else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(fieldForbidden(field, 'may not specify both ipBlock and another peer'))
  }
  return errors
}
