import type { KubeObject, ValidatingAdmissionPolicy } from '@wherry/api'
import { boolType, type CelType, nullType, stringType, type Value } from '@wherry/cel'
import type { DeepReadonly } from '@wherry/apimachinery'
import {
  type Evaluation,
  type EvaluationInput,
  evaluateExpression,
  matchConditions,
  newEvaluation,
  OutOfBudget,
  policyBudget,
} from './activation.ts'
import { policyEnvironment } from './environment.ts'
import { compileExpression, type Expression } from './expression.ts'

interface Validation {
  readonly expression: Expression
  readonly messageExpression: Expression | undefined
  readonly message: string
  readonly reason: string
}

/** A policy with its expressions compiled. */
export interface CompiledPolicy {
  readonly name: string
  readonly ignoresFailure: boolean
  readonly variables: ReadonlyMap<string, Expression>
  readonly conditions: readonly Expression[]
  readonly validations: readonly Validation[]
  readonly auditAnnotations: readonly Expression[]
}

/** Compiles variables in order: each knows the ones before it. */
export function compileVariables(
  variables: DeepReadonly<{ name: string; expression: string }[]>,
  params: boolean,
  patches: boolean,
): { compiled: Map<string, Expression>; types: Map<string, CelType> } {
  const compiled = new Map<string, Expression>()
  const types = new Map<string, CelType>()
  for (const { name, expression } of variables) {
    const env = policyEnvironment({ params, authorizer: true, patches, composed: types })
    const result = compileExpression(env, expression)
    compiled.set(name, result)
    if (result.outputType !== undefined) types.set(name, result.outputType)
  }
  return { compiled, types }
}

/** As upstream: validating/plugin, `compilePolicy`. What does not compile is an error when it is evaluated. */
export function compilePolicy({ metadata, spec }: DeepReadonly<ValidatingAdmissionPolicy>): CompiledPolicy {
  const params = spec?.paramKind !== undefined
  const { compiled, types } = compileVariables(spec?.variables ?? [], params, false)
  const env = policyEnvironment({ params, authorizer: true, patches: false, composed: types })
  const messages = policyEnvironment({ params, authorizer: false, patches: false, composed: types })
  return {
    name: metadata.name ?? '',
    ignoresFailure: spec?.failurePolicy === 'Ignore',
    variables: compiled,
    conditions: (spec?.matchConditions ?? []).map(({ expression }) => compileExpression(env, expression, [boolType])),
    validations: (spec?.validations ?? []).map(
      ({ expression, messageExpression, message = '', reason = 'Invalid' }) => ({
        expression: compileExpression(env, expression, [boolType]),
        messageExpression: messageExpression ? compileExpression(messages, messageExpression, [stringType]) : undefined,
        message,
        reason,
      }),
    ),
    auditAnnotations: (spec?.auditAnnotations ?? []).map(({ valueExpression }) =>
      compileExpression(env, valueExpression, [stringType, nullType]),
    ),
  }
}

/** Why a request is refused. */
export interface Refusal {
  readonly message: string
  readonly reason: string
}

export interface PolicyInput extends Omit<EvaluationInput, 'composed' | 'object' | 'old'> {
  readonly object: KubeObject | null
  readonly old: KubeObject | null
}

/** Judges a request by a policy, for one parameter object. As upstream: validating/validator, `Validate`. */
export function judge(policy: CompiledPolicy, input: PolicyInput): Refusal[] {
  const failed = (message: string): Refusal[] => (policy.ignoresFailure ? [] : [{ message, reason: '' }])
  const fresh = (namespace: unknown = input.namespace): Evaluation =>
    newEvaluation({ ...input, namespace, composed: policy.variables })
  if (policy.conditions.length > 0) {
    const { matches, error } = matchConditions(policy.conditions, fresh(null))
    if (error !== undefined) return failed(error)
    if (!matches) return []
  }
  try {
    const refusals = judgeValidations(policy, fresh(), fresh(), failed)
    const budget = { left: policyBudget }
    const evaluation = fresh()
    for (const annotation of policy.auditAnnotations) {
      const { error } = evaluateExpression(annotation, evaluation, budget)
      if (error !== undefined) refusals.push(...failed(error))
    }
    return refusals
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message)
    throw error
  }
}

function judgeValidations(
  policy: CompiledPolicy,
  evaluation: Evaluation,
  messages: Evaluation,
  failed: (message: string) => Refusal[],
): Refusal[] {
  const budget = { left: policyBudget }
  const outcomes = policy.validations.map(({ expression }) => evaluateExpression(expression, evaluation, budget))
  return policy.validations.flatMap((validation, index) => {
    const outcome = outcomes[index]
    if (outcome?.error !== undefined) return failed(outcome.error)
    if (outcome?.value === true) return []
    let message: string
    try {
      message = messageOf(validation, messages, budget)
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error
      return failed(`failed messageExpression: ${error.message}`)
    }
    return [{ message, reason: validation.reason }]
  })
}

const longestMessage = 5 * 1024

/** The message expression's text where it is fit to be shown, else the message, else the expression. */
function messageOf(
  { messageExpression, message, expression }: Validation,
  evaluation: Evaluation,
  budget: { left: number },
) {
  const outcome = messageExpression && evaluateExpression(messageExpression, evaluation, budget)
  const given: Value | undefined = outcome?.error === undefined ? outcome?.value : undefined
  const text = typeof given === 'string' ? given.trim() : ''
  if (text !== '' && Buffer.byteLength(text) <= longestMessage && !text.includes('\n')) return text
  return message.trim() || `failed expression: ${expression.text.trim()}`
}
