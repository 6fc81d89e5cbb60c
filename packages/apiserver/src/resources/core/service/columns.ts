import type { Service } from '@wherry/api'
import { compareUtf8 } from '@wherry/apimachinery'
import type { Column } from '../../../registry/resource.ts'
import { ageColumn, formatLabels, nameColumn, none } from '../../columns.ts'
import type { ServiceValue } from './types.ts'

/** As `printService` of pkg/printers/internalversion. */
export const serviceColumns: readonly Column<Service>[] = [
  nameColumn(),
  { name: 'Type', type: 'string', value: ({ spec }) => spec?.type ?? '' },
  { name: 'Cluster-IP', type: 'string', value: ({ spec }) => spec?.clusterIPs?.[0] ?? none },
  { name: 'External-IP', type: 'string', value: externalIP },
  { name: 'Port(s)', type: 'string', value: portsText },
  ageColumn(),
  { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatLabels(spec?.selector) },
]

function externalIP({ spec, status }: ServiceValue): string {
  const external = spec?.externalIPs ?? []
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || none
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip || hostname || [])
      return [...[...new Set(ingress)].sort(compareUtf8), ...external].join(',') || '<pending>'
    }
    case 'ExternalName':
      return spec.externalName ?? ''
    default:
      return '<unknown>'
  }
}

function portsText({ spec }: ServiceValue): string {
  const texts = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  )
  return texts.join(',') || none
}
