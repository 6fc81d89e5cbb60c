import { EndpointSlice } from '@wherry/api'
import { groupKind } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { refuseLoopback } from '../core/endpoints-validation.ts'
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation.ts'

const shown = 3

export const endpointSlices = defineResource(EndpointSlice, {
  generation: true,
  setDefaults(slice) {
    for (const port of slice.ports ?? []) {
      port.name ??= ''
      port.protocol ??= 'TCP'
    }
  },
  async begin(slice, _old, behaviours) {
    const addresses = (slice.endpoints ?? []).flatMap((endpoint, i) =>
      (endpoint.addresses ?? []).map((ip, j) => [`endpoints[${i}].addresses[${j}]`, ip] as const),
    )
    refuseLoopback(groupKind(EndpointSlice), slice.metadata.name ?? '', addresses, behaviours)
    return undefined
  },
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  columns: [
    nameColumn(),
    { name: 'AddressType', type: 'string', value: (slice) => slice.addressType ?? '' },
    {
      name: 'Ports',
      type: 'string',
      value: (slice) => shorten((slice.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'))),
    },
    {
      name: 'Endpoints',
      type: 'string',
      value: (slice) => shorten((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])),
    },
    ageColumn(),
  ],
})

/** The first three, and how many more there are. */
function shorten(all: readonly string[]): string {
  const text = all.slice(0, shown).join(',')
  return all.length > shown ? `${text} + ${all.length - shown} more...` : text || '<unset>'
}
