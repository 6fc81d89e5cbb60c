import type { ContainerStatus, Pod, PodSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  isDNS1123Subdomain,
} from '@wherry/apimachinery'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { immutable, refusals } from '../../../fields.ts'

type Value = DeepReadonly<Pod>

/** As `ValidatePodStatusUpdate`. */
export function validatePodStatusUpdate({ status, spec }: Value, { status: old }: Value): FieldError[] {
  const errors: FieldError[] = []
  const nominated = status?.nominatedNodeName
  if (nominated && nominated !== old?.nominatedNodeName) {
    errors.push(...refusals('status.nominatedNodeName', nominated, isDNS1123Subdomain(nominated)))
  }
  if (old?.qosClass) errors.push(...immutable('status.qosClass', status?.qosClass, old.qosClass))
  for (const name of ['containerStatuses', 'initContainerStatuses'] as const) {
    errors.push(...validateTransitions(status?.[name] ?? [], old?.[name] ?? [], spec, `status.${name}`))
  }
  for (const [i, { type }] of (status?.conditions ?? []).entries()) {
    if (!type) errors.push(fieldInvalid(`status.conditions[${i}].type`, '', 'may not be empty'))
  }
  return errors
}

/** What has ended stays ended, unless its restart policy says otherwise. As `ValidateContainerStateTransition`. */
function validateTransitions(
  statuses: DeepReadonly<ContainerStatus[]>,
  old: DeepReadonly<ContainerStatus[]>,
  spec: DeepReadonly<PodSpec> | undefined,
  field: string,
): FieldError[] {
  if (spec?.restartPolicy === 'Always') return []
  const containers = new Map([...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((c) => [c.name, c]))
  return old.flatMap(({ name, state }) => {
    const ended = state?.terminated
    const container = containers.get(name)
    if (!ended || !container || isRestartableInitContainer(container)) return []
    // These say for themselves when they are started again.
    if (container.restartPolicy || container.restartPolicyRules?.length) return []
    if (spec?.restartPolicy === 'OnFailure' && ended.exitCode !== 0) return []
    const i = statuses.findIndex((status) => status.name === name)
    const now = statuses[i]
    if (!now || now.state?.terminated) return []
    return [fieldForbidden(`${field}[${i}].state`, 'may not be transitioned to non-terminated state')]
  })
}
