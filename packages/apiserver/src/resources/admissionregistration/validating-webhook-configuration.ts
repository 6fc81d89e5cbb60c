import { ValidatingWebhookConfiguration } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const validatingWebhookConfigurations = defineResource(ValidatingWebhookConfiguration, {
  categories: ['api-extensions'],
  generation: true,
})
