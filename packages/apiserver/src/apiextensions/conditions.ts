import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

export type Definition = DeepReadonly<CustomResourceDefinition>
export type Condition = CustomResourceDefinitionCondition
export type ConditionType =
  | 'NamesAccepted'
  | 'Established'
  | 'Terminating'
  | 'NonStructuralSchema'
  | 'KubernetesAPIApprovalPolicyConformant'

export function findCondition(definition: Definition, type: ConditionType): DeepReadonly<Condition> | undefined {
  return definition.status?.conditions?.find((condition) => condition.type === type)
}

export function isTrue(definition: Definition, type: ConditionType): boolean {
  return findCondition(definition, type)?.status === 'True'
}

/** What a condition is to say, without its times. */
export interface ConditionState {
  readonly type: ConditionType
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason: string
  readonly message: string
}

/** The conditions with this one: its transition time moves only with its status. As upstream: `SetCRDCondition`. */
export function withCondition(
  conditions: readonly DeepReadonly<Condition>[],
  state: ConditionState,
  now: string,
): DeepReadonly<Condition>[] {
  const at = conditions.findIndex(({ type }) => type === state.type)
  const old = conditions[at]
  const moved = !old?.lastTransitionTime || old.status !== state.status
  const condition = { ...old, ...state, lastTransitionTime: moved ? now : (old?.lastTransitionTime ?? now) }
  return at < 0 ? [...conditions, condition] : conditions.map((one, i) => (i === at ? condition : one))
}

/** Whether the condition says the same already. */
export function says(condition: DeepReadonly<Condition> | undefined, state: ConditionState): boolean {
  const { status, reason, message } = state
  return condition?.status === status && condition.reason === reason && condition.message === message
}
