import type { CustomResourceDefinition } from '@wherry/api'
import { compareUtf8, formatTime, parseTime } from '@wherry/apimachinery'
import type { Column } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'

/** What `kubectl get crd` shows. As upstream: customresourcedefinition/tableconvertor. */
export const definitionColumns: readonly Column<CustomResourceDefinition>[] = [
  nameColumn(),
  { name: 'Scope', type: 'string', description: 'Cluster/Namespaced', value: ({ spec }) => spec.scope },
  {
    name: 'Versions',
    type: 'string',
    description: 'Served versions',
    value: ({ spec }) =>
      spec.versions
        .filter(({ served }) => served)
        .map(({ name, storage }) => (storage ? `${name}(storage)` : name))
        .sort(compareUtf8)
        .join(','),
  },
  {
    name: 'Created At',
    type: 'date',
    description:
      'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
    value: ({ metadata: { creationTimestamp } }) =>
      creationTimestamp === undefined ? '' : formatTime(parseTime(creationTimestamp)),
  },
  { name: 'Group', type: 'string', priority: 1, description: 'API group', value: ({ spec }) => spec.group },
  {
    name: 'Kind',
    type: 'string',
    priority: 1,
    description: 'CustomResource kind',
    value: ({ spec }) => spec.names.kind,
  },
  {
    name: 'ShortNames',
    type: 'string',
    priority: 1,
    description: 'Short names',
    value: ({ spec }) => (spec.names.shortNames ?? []).join(','),
  },
  {
    name: 'Established',
    type: 'boolean',
    priority: 1,
    description: 'Established status',
    value: ({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True') ?? false,
  },
]
