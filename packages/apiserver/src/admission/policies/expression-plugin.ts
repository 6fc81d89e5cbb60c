import {
  MutatingAdmissionPolicy,
  MutatingWebhookConfiguration,
  ValidatingAdmissionPolicy,
  ValidatingWebhookConfiguration,
} from '@wherry/api'
import { type FieldError, invalid } from '@wherry/apimachinery'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts'
import { objectOf } from '../targets.ts'

/**
 * Refuses policies and webhooks whose expressions do not compile. Upstream does this in the validation of these
 * objects; here it is admission's, so that what compiles expressions is loaded when there are any.
 */
export const admissionExpressions: AdmissionPlugin = {
  name: 'AdmissionExpressions',
  async validate(attributes) {
    if (attributes.resource.group !== 'admissionregistration.k8s.io' || attributes.operation === 'DELETE') return
    const errors = await errorsOf(attributes)
    if (errors.length === 0) return
    throw invalid({ group: attributes.resource.group, kind: attributes.resource.kind }, attributes.name, errors)
  },
}

async function errorsOf(attributes: AdmissionAttributes): Promise<FieldError[]> {
  const validating = objectOf(attributes, ValidatingAdmissionPolicy)
  const mutating = objectOf(attributes, MutatingAdmissionPolicy)
  const hooks =
    objectOf(attributes, ValidatingWebhookConfiguration) ?? objectOf(attributes, MutatingWebhookConfiguration)
  const conditional = hooks?.webhooks?.some(({ matchConditions = [] }) => matchConditions.length > 0)
  if (!validating?.spec && !mutating?.spec && !conditional) return []
  const { mutatingPolicyErrors, validatingPolicyErrors, webhookErrors } = await import('./expression-checks.ts')
  if (validating?.spec) return validatingPolicyErrors(validating.spec)
  if (mutating?.spec) return mutatingPolicyErrors(mutating.spec)
  return webhookErrors(hooks?.webhooks ?? [])
}
