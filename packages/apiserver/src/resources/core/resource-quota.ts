import { ResourceQuota } from '@wherry/api'
import { compareUtf8, type DeepReadonly } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { roundResources } from '../quantities.ts'
import { struct } from '../structs.ts'
import {
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateResourceQuotaUpdate,
} from './resource-quota-validation.ts'

export const resourceQuotas = defineResource(ResourceQuota, {
  shortNames: ['quota'],
  setDefaults(quota) {
    roundResources(struct(quota, 'spec').hard)
    roundResources(quota.status?.hard)
    roundResources(quota.status?.used)
  },
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  status: { initial: () => ({}), validateUpdate: validateResourceQuotaStatus },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Request', type: 'string', value: (quota) => usage(quota, false) },
    { name: 'Limit', type: 'string', value: (quota) => usage(quota, true) },
    ageColumn(),
  ],
})

function usage(quota: DeepReadonly<ResourceQuota>, limits: boolean): string {
  return Object.entries(quota.status?.hard ?? {})
    .filter(([name]) => name.startsWith('limits.') === limits)
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([name, hard]) => `${name}: ${quota.status?.used?.[name] ?? '0'}/${hard}`)
    .join(', ')
}
