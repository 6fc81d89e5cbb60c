import { type DeepReadonly, deepEqual } from '@wherry/apimachinery'
import type { CustomResourceDefinitionStatus } from '@wherry/api'
import { approvalState } from './approval.ts'
import { type ConditionState, type Definition, findCondition, says, withCondition } from './conditions.ts'
import { establishedState, hasItsNames, settleNames } from './names.ts'
import { nonStructuralState } from './structural-condition.ts'

type Status = DeepReadonly<CustomResourceDefinitionStatus>

/**
 * What the server says of a definition: which names it has, whether it is served, and what is wrong with it. The status
 * itself where nothing changes. As upstream: the controllers in apiextensions-apiserver/pkg/controller.
 */
export function nextStatus(definition: Definition, others: readonly Definition[], now: string): Status {
  const before = definition.status ?? {}
  let conditions = before.conditions ?? []
  const say = (state: ConditionState) => {
    if (
      !says(
        conditions.find(({ type }) => type === state.type),
        state,
      )
    )
      conditions = withCondition(conditions, state, now)
  }
  let { acceptedNames } = before
  if (!hasItsNames(definition)) {
    const { names, accepted } = settleNames(definition, others)
    acceptedNames = names
    say(accepted)
  }
  const named = { ...definition, status: { ...before, conditions } }
  const accepted = findCondition(named, 'NamesAccepted')
  if (accepted?.status !== undefined) {
    const status = accepted.status === 'True' ? 'True' : 'False'
    const { reason = '', message = '' } = accepted
    const state = establishedState(named, { type: 'NamesAccepted', status, reason, message })
    if (state) say(state)
  }
  const nonStructural = nonStructuralState(definition)
  if (nonStructural) say(nonStructural)
  else conditions = conditions.filter(({ type }) => type !== 'NonStructuralSchema')
  const approval = approvalState(definition)
  if (approval) say(approval)
  const next = { ...before, ...(acceptedNames ? { acceptedNames } : {}), conditions }
  return deepEqual(next, { ...before, conditions: before.conditions ?? [] }) ? before : next
}
