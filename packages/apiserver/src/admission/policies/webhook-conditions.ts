import type { MatchCondition } from '@wherry/api'
import { boolType } from '@wherry/cel'
import type { Authorizer } from '../../authz/authorizer.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { admissionRequest } from '../matching/request.ts'
import { refusal } from '../targets.ts'
import type { Form } from '../matching/forms.ts'
import { matchConditions, newEvaluation } from './activation.ts'
import { policyEnvironment } from './environment.ts'
import { compileExpression, type Expression } from './expression.ts'
import { authorizerVariables } from './variables.ts'

const compiled = new WeakMap<readonly MatchCondition[], readonly Expression[]>()

/**
 * Whether a webhook is to be asked, by its match conditions. Throws 403 where that cannot be told and failures are not
 * ignored. As upstream: webhook/matchconditions.
 */
export async function conditionsHold(
  hook: { readonly matchConditions: readonly MatchCondition[]; readonly ignoresFailure: boolean },
  form: Form,
  attributes: AdmissionAttributes,
  authorizer: Authorizer | undefined,
): Promise<boolean> {
  const { matches, error } = matchConditions(
    expressionsOf(hook.matchConditions),
    newEvaluation({
      object: attributes.object ? await form.from(attributes.object) : null,
      old: attributes.old ? await form.from(attributes.old) : null,
      request: admissionRequest(attributes, form),
      namespace: null,
      ...authorizerVariables(authorizer, attributes),
    }),
  )
  if (error !== undefined && !hook.ignoresFailure) throw refusal(attributes, error)
  return matches
}

function expressionsOf(conditions: readonly MatchCondition[]): readonly Expression[] {
  const known = compiled.get(conditions)
  if (known !== undefined) return known
  const env = policyEnvironment({ params: false, authorizer: true, patches: false })
  const expressions = conditions.map(({ expression }) => compileExpression(env, expression, [boolType]))
  compiled.set(conditions, expressions)
  return expressions
}
