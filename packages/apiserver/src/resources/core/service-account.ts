import { ServiceAccount } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const serviceAccounts = defineResource(ServiceAccount, {
  shortNames: ['sa'],
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Secrets', type: 'string', value: (account) => account.secrets?.length ?? 0 },
    ageColumn(),
  ],
})
