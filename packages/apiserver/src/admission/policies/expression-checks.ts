import type { MatchCondition, MutatingAdmissionPolicySpec, ValidatingAdmissionPolicySpec, Variable } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid } from '@wherry/apimachinery'
import { boolType, type CelType, type Environment, nullType, stringType } from '@wherry/cel'
import { policyEnvironment } from './environment.ts'
import { compileExpression } from './expression.ts'
import { configurationType, patchListType } from './mutating-policy.ts'

/** The refusal of an expression that does not compile, or gives what it must not; empty ones are others' matter. */
function check(env: Environment, field: string, text: string | undefined, wanted: readonly CelType[]): FieldError[] {
  if (text === undefined || text.trim() === '') return []
  const { error } = compileExpression(env, text, wanted)
  return error === '' ? [] : [fieldInvalid(field, text, error)]
}

function checkVariables(variables: DeepReadonly<Variable[]>, params: boolean) {
  const types = new Map<string, CelType>()
  const errors = variables.flatMap(({ name, expression }, index) => {
    const env = policyEnvironment({ params, authorizer: true, patches: false, composed: types })
    const { error, outputType } = compileExpression(env, expression)
    if (outputType !== undefined) types.set(name, outputType)
    if (error === '' || expression.trim() === '') return []
    return [fieldInvalid(`spec.variables[${index}].expression`, expression, error)]
  })
  return { errors, types }
}

function checkConditions(env: Environment, conditions: DeepReadonly<MatchCondition[]>, field: string): FieldError[] {
  return conditions.flatMap(({ expression }, index) =>
    check(env, `${field}[${index}].expression`, expression, [boolType]),
  )
}

/** What is wrong with the expressions of a ValidatingAdmissionPolicy (pkg/apis/admissionregistration/validation). */
export function validatingPolicyErrors(spec: DeepReadonly<ValidatingAdmissionPolicySpec>): FieldError[] {
  const params = spec.paramKind !== undefined
  const { errors, types } = checkVariables(spec.variables ?? [], params)
  const env = policyEnvironment({ params, authorizer: true, patches: false, composed: types })
  const messages = policyEnvironment({ params, authorizer: false, patches: false, composed: types })
  return [
    ...errors,
    ...checkConditions(env, spec.matchConditions ?? [], 'spec.matchConditions'),
    ...(spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
      ...check(env, `spec.validations[${index}].expression`, expression, [boolType]),
      ...check(messages, `spec.validations[${index}].messageExpression`, messageExpression, [stringType]),
    ]),
    ...(spec.auditAnnotations ?? []).flatMap(({ valueExpression }, index) =>
      check(env, `spec.auditAnnotations[${index}].valueExpression`, valueExpression, [stringType, nullType]),
    ),
  ]
}

/** The same of a MutatingAdmissionPolicy. */
export function mutatingPolicyErrors(spec: DeepReadonly<MutatingAdmissionPolicySpec>): FieldError[] {
  const params = spec.paramKind !== undefined
  const { errors, types } = checkVariables(spec.variables ?? [], params)
  const env = policyEnvironment({ params, authorizer: true, patches: false, composed: types })
  const patches = policyEnvironment({ params, authorizer: true, patches: true, composed: types })
  return [
    ...errors,
    ...checkConditions(env, spec.matchConditions ?? [], 'spec.matchConditions'),
    ...(spec.mutations ?? []).flatMap(({ jsonPatch, applyConfiguration }, index) => [
      ...check(patches, `spec.mutations[${index}].jsonPatch.expression`, jsonPatch?.expression, [patchListType]),
      ...check(patches, `spec.mutations[${index}].applyConfiguration.expression`, applyConfiguration?.expression, [
        configurationType,
      ]),
    ]),
  ]
}

/** What is wrong with the match conditions of webhooks. */
export function webhookErrors(
  webhooks: DeepReadonly<{ matchConditions?: MatchCondition[] | undefined }[]>,
): FieldError[] {
  const env = policyEnvironment({ params: false, authorizer: true, patches: false })
  return webhooks.flatMap(({ matchConditions = [] }, index) =>
    checkConditions(env, matchConditions, `webhooks[${index}].matchConditions`),
  )
}
