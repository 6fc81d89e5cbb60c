import type { MutatingAdmissionPolicy } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { boolType, listType, structType } from '@wherry/cel'
import { policyEnvironment } from './environment.ts'
import { compileExpression, type Expression } from './expression.ts'
import { compileVariables } from './validating-policy.ts'

/** One step of a policy. */
export interface Mutation {
  readonly patchType: 'JSONPatch' | 'ApplyConfiguration'
  readonly expression: Expression
}

export interface CompiledMutatingPolicy {
  readonly name: string
  readonly ignoresFailure: boolean
  readonly reinvocable: boolean
  readonly variables: ReadonlyMap<string, Expression>
  readonly conditions: readonly Expression[]
  readonly mutations: readonly Mutation[]
}

export const patchListType = listType(structType('JSONPatch'))
export const configurationType = structType('Object')

/** As upstream: mutating/compilation, `compilePolicy`. */
export function compileMutatingPolicy({
  metadata,
  spec,
}: DeepReadonly<MutatingAdmissionPolicy>): CompiledMutatingPolicy {
  const params = spec?.paramKind !== undefined
  const { compiled, types } = compileVariables(spec?.variables ?? [], params, false)
  const conditions = policyEnvironment({ params, authorizer: true, patches: false, composed: types })
  const patches = policyEnvironment({ params, authorizer: true, patches: true, composed: types })
  return {
    name: metadata.name ?? '',
    ignoresFailure: spec?.failurePolicy === 'Ignore',
    reinvocable: spec?.reinvocationPolicy === 'IfNeeded',
    variables: compiled,
    conditions: (spec?.matchConditions ?? []).map(({ expression }) =>
      compileExpression(conditions, expression, [boolType]),
    ),
    mutations: (spec?.mutations ?? []).map(({ patchType, jsonPatch, applyConfiguration }) =>
      patchType === 'JSONPatch'
        ? { patchType, expression: compileExpression(patches, jsonPatch?.expression ?? '', [patchListType]) }
        : {
            patchType: 'ApplyConfiguration',
            expression: compileExpression(patches, applyConfiguration?.expression ?? '', [configurationType]),
          },
    ),
  }
}
