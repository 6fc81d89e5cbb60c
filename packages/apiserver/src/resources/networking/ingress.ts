import { Ingress } from '@wherry/api'
import { compareUtf8, type DeepReadonly } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { classAnnotation, validateIngress, validateIngressStatus } from './ingress-validation.ts'

const shown = 3

export const ingresses = defineResource(Ingress, {
  shortNames: ['ing'],
  generation: true,
  validate: validateIngress,
  warnings: ({ metadata, spec }, old) =>
    !old && metadata.annotations?.[classAnnotation] !== undefined && spec?.ingressClassName === undefined
      ? [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`]
      : [],
  status: { initial: () => ({ loadBalancer: {} }), validateUpdate: validateIngressStatus },
  columns: [
    nameColumn(),
    { name: 'Class', type: 'string', value: (ingress) => ingress.spec?.ingressClassName ?? none },
    { name: 'Hosts', type: 'string', value: hostsText },
    { name: 'Address', type: 'string', value: addressText },
    { name: 'Ports', type: 'string', value: (ingress) => (ingress.spec?.tls?.length ? '80, 443' : '80') },
    ageColumn(),
  ],
})

function hostsText(ingress: DeepReadonly<Ingress>): string {
  const rules = ingress.spec?.rules ?? []
  const hosts: string[] = []
  let more = false
  for (const { host } of rules) {
    if (hosts.length === shown) more = true
    if (!more && host) hosts.push(host)
  }
  if (hosts.length === 0) return '*'
  return more ? `${hosts.join(',')} + ${rules.length - shown} more...` : hosts.join(',')
}

function addressText(ingress: DeepReadonly<Ingress>): string {
  const all = ingress.status?.loadBalancer?.ingress ?? []
  return [...new Set(all.map(({ ip, hostname }) => ip || hostname || '').filter((text) => text !== ''))]
    .sort(compareUtf8)
    .join(',')
}
