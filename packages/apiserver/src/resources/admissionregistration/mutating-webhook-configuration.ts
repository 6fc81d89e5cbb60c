import { MutatingWebhookConfiguration } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const mutatingWebhookConfigurations = defineResource(MutatingWebhookConfiguration, {
  categories: ['api-extensions'],
  generation: true,
})
