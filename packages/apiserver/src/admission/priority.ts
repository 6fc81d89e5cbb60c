import { Pod, PriorityClass } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { objectOf, oldOf, refusal } from './targets.ts'

const defaultPolicy = 'PreemptLowerPriority'

/** Resolves a pod's priority class into its priority, and keeps default classes to one (upstream `admission/priority`). */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  async admit(attributes, behaviours) {
    const spec = objectOf(attributes, Pod)?.spec
    if (!spec) return
    if (attributes.operation === 'UPDATE') {
      const old = oldOf(attributes, Pod)?.spec
      // Clients that do not know the fields may leave them out; they cannot change.
      if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority
      if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) {
        spec.preemptionPolicy = old.preemptionPolicy
      }
      return
    }
    if (attributes.operation !== 'CREATE') return
    const found = spec.priorityClassName
      ? named(attributes, spec.priorityClassName, behaviours)
      : defaultClass(behaviours)
    if (found && !spec.priorityClassName) spec.priorityClassName = found.metadata.name
    const value = found?.value ?? 0
    if (spec.priority !== undefined && spec.priority !== value) {
      throw refusal(
        attributes,
        `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
      )
    }
    spec.priority = value
    const policy = found?.preemptionPolicy ?? defaultPolicy
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
      throw refusal(
        attributes,
        `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
      )
    }
    spec.preemptionPolicy = policy
  },
  async validate(attributes, behaviours) {
    const own = objectOf(attributes, PriorityClass)
    if (!own?.globalDefault || (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE')) return
    const other = defaultClass(behaviours)
    if (!other || (attributes.operation === 'UPDATE' && other.metadata.name === own.metadata.name)) return
    throw refusal(
      attributes,
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    )
  },
}

function named(attributes: AdmissionAttributes, name: string, behaviours: Behaviours): DeepReadonly<PriorityClass> {
  const found = behaviours.store(PriorityClass).get({ name })
  if (!found) throw refusal(attributes, `no PriorityClass with name ${name} was found`)
  return found
}

/** Where there are several after all, the lowest counts. */
function defaultClass(behaviours: Behaviours): DeepReadonly<PriorityClass> | undefined {
  return behaviours
    .store(PriorityClass)
    .list()
    .filter((one) => one.globalDefault)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0]
}
