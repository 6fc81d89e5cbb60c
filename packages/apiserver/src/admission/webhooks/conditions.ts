import type { Authorizer } from '../../authz/authorizer.ts'
import type { AdmissionAttributes } from '../admission.ts'
import type { Form } from './forms.ts'
import type { Hook } from './hooks.ts'

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
