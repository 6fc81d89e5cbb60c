import { Endpoints } from '@wherry/api'
import { type DeepReadonly, groupKind } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { refuseLoopback, validateEndpoints } from './endpoints-validation.ts'

const shown = 3

export const endpoints = defineResource(Endpoints, {
  shortNames: ['ep'],
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  allowCreateOnUpdate: true,
  setDefaults(object) {
    for (const subset of object.subsets ?? []) {
      for (const port of subset.ports ?? []) port.protocol ||= 'TCP'
    }
  },
  async begin(object, _old, behaviours) {
    const addresses = (object.subsets ?? []).flatMap((subset, i) =>
      (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
        (subset[list] ?? []).map(({ ip }, j) => [`subsets[${i}].${list}[${j}].ip`, ip] as const),
      ),
    )
    refuseLoopback(groupKind(Endpoints), object.metadata.name ?? '', addresses, behaviours)
    return undefined
  },
  validate: validateEndpoints,
  columns: [nameColumn(), { name: 'Endpoints', type: 'string', value: format }, ageColumn()],
})

/** The first three addresses, and how many more there are. */
function format(object: DeepReadonly<Endpoints>): string {
  if (!object.subsets?.length) return none
  const all = object.subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((a) => a.ip ?? '')
      : ports.flatMap((p) => addresses.map((a) => hostPort(a.ip, p.port))),
  )
  const text = all.slice(0, shown).join(',')
  return all.length > shown ? `${text} + ${all.length - shown} more...` : text
}

function hostPort(ip = '', port = 0): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}
