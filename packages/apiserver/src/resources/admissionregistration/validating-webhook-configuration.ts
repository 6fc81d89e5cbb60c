import { ValidatingWebhookConfiguration } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { setWebhookDefaults } from './defaults.ts'
import { validateWebhooks } from './webhook-validation.ts'

export const validatingWebhookConfigurations = defineResource(ValidatingWebhookConfiguration, {
  categories: ['api-extensions'],
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) setWebhookDefaults(webhook)
  },
  validate: ({ webhooks }, old) => validateWebhooks(webhooks, old && { webhooks: old.webhooks }),
  columns: [
    nameColumn(),
    { name: 'Webhooks', type: 'integer', value: (configuration) => configuration.webhooks?.length ?? 0 },
    ageColumn(),
  ],
})
