import type { Authorizer } from '../../authz/authorizer.ts'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from '../matching/forms.ts'
import { matchingForm } from '../matching/rules.ts'
import { isSelected } from '../matching/selectors.ts'
import type { Hook } from './hooks.ts'

/** In which form a webhook is to see the request by its rules and selectors; undefined: it is not asked. */
export function formFor(
  hook: Hook,
  attributes: AdmissionAttributes,
  registry: Registry,
  behaviours: Behaviours,
): Form | undefined {
  const form = matchingForm(hook.rules, hook.matchesEquivalents, attributes, registry)
  return form && isSelected(hook, attributes, behaviours) ? form : undefined
}

/** Whether the hook's match conditions hold. What evaluates them is loaded when a hook has some. */
export async function isWanted(
  hook: Hook,
  form: Form,
  attributes: AdmissionAttributes,
  authorizer: Authorizer | undefined,
): Promise<boolean> {
  if (hook.matchConditions.length === 0) return true
  const { conditionsHold } = await import('../policies/webhook-conditions.ts')
  return conditionsHold(hook, form, attributes, authorizer)
}
