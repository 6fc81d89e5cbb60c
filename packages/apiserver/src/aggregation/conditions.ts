import type { APIService, APIServiceCondition } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

type Conditioned = Pick<DeepReadonly<APIService>, 'status'>

export function availability({ status }: Conditioned): DeepReadonly<APIServiceCondition> | undefined {
  return status?.conditions?.find(({ type }) => type === 'Available')
}

export const isAvailable = (service: Conditioned): boolean => availability(service)?.status === 'True'

/** Puts the condition among those of the object; while its status stays, so does its time. */
export function setAvailability(service: APIService, next: APIServiceCondition): void {
  const conditions = service.status?.conditions ?? []
  const old = conditions.find(({ type }) => type === next.type)
  const time = old?.status === next.status ? old.lastTransitionTime : undefined
  const kept = time === undefined ? next : { ...next, lastTransitionTime: time }
  service.status = {
    ...service.status,
    conditions: old ? conditions.map((one) => (one === old ? kept : one)) : [...conditions, kept],
  }
}
