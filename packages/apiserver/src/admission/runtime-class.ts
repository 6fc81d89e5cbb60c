import { Pod, type PodSpec, RuntimeClass } from '@wherry/api'
import { type DeepReadonly, deepClone, deepEqual, Quantity } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { objectOf, refusal } from './targets.ts'

type Class = DeepReadonly<RuntimeClass>

/** A pod takes over the overhead and the scheduling rules of its runtime class (upstream `admission/runtimeclass`). */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  async admit(attributes, behaviours) {
    const spec = attributes.operation === 'CREATE' ? objectOf(attributes, Pod)?.spec : undefined
    if (!spec) return
    const found = classOf(attributes, spec, behaviours)
    if (!found) return
    takeOverhead(attributes, spec, found)
    takeScheduling(attributes, spec, found)
  },
  async validate(attributes, behaviours) {
    const spec = attributes.operation === 'CREATE' ? objectOf(attributes, Pod)?.spec : undefined
    if (!spec?.overhead) return
    if (classOf(attributes, spec, behaviours)?.overhead) return
    throw refusal(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
  },
}

function classOf(attributes: AdmissionAttributes, spec: PodSpec, behaviours: Behaviours): Class | undefined {
  const name = spec.runtimeClassName
  if (name === undefined) return undefined
  const found = behaviours.store(RuntimeClass).get({ name })
  if (!found) throw refusal(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`)
  return found
}

function takeOverhead(attributes: AdmissionAttributes, spec: PodSpec, { overhead }: Class): void {
  if (!overhead?.podFixed) return
  if (spec.overhead && !sameAmounts(spec.overhead, overhead.podFixed)) {
    throw refusal(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
  }
  spec.overhead = { ...overhead.podFixed }
}

type Amounts = Readonly<Record<string, string | number>>

function sameAmounts(a: Amounts, b: Amounts): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => {
    const [left, right] = [a[key], b[key]]
    return left !== undefined && right !== undefined && Quantity.parse(left).cmp(Quantity.parse(right)) === 0
  })
}

function takeScheduling(attributes: AdmissionAttributes, spec: PodSpec, { scheduling }: Class): void {
  if (!scheduling) return
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key]
    if (own !== undefined && own !== value) {
      throw refusal(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      )
    }
    spec.nodeSelector = { ...spec.nodeSelector, [key]: value }
  }
  const added = (scheduling.tolerations ?? []).filter((one) => !spec.tolerations?.some((own) => deepEqual(own, one)))
  if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...deepClone(added)]
}
