import { ServiceAccount } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const serviceAccounts = defineResource(ServiceAccount, {
  shortNames: ['sa'],
  warnings({ metadata }, old) {
    const key = 'kubernetes.io/enforce-mountable-secrets'
    if (metadata.annotations?.[key] === undefined || old?.metadata.annotations?.[key] !== undefined) return []
    const text = 'prefer separate namespaces to isolate access to mounted secrets'
    return [`metadata.annotations[${key}]: deprecated in v1.32+; ${text}`]
  },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Secrets', type: 'string', value: (account) => account.secrets?.length ?? 0 },
    ageColumn(),
  ],
})
