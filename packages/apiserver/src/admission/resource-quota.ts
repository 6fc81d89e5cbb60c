import { ResourceQuota } from '@wherry/api'
import { compareUtf8, type DeepReadonly, Quantity } from '@wherry/apimachinery'
import type { Resources } from '@wherry/component-helpers'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { serverUser } from '../authn/user-info.ts'
import type { QuotaUse } from './quota-evaluators.ts'
import { quotaUseOf } from './quota-evaluators.ts'
import { refusal } from './targets.ts'

type Quota = DeepReadonly<ResourceQuota>

interface Charge {
  readonly quota: Quota
  readonly amounts: Readonly<Resources>
}

/**
 * Refuses what goes beyond a quota of its namespace, and charges what does not, before it is stored: two writers never
 * share what is left. Controllers give back what goes. As apiserver `admission/plugin/resourcequota`.
 */
export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  async validate(attributes, behaviours) {
    const { namespace } = attributes
    if (namespace === undefined) return
    const store = behaviours.store(ResourceQuota)
    const quotas = store.list(namespace)
    if (quotas.length === 0) return
    const use = quotaUseOf(attributes)
    if (!use) return
    const charges = quotas.flatMap((quota) => chargeOf(quota, use, attributes) ?? [])
    // All are checked before the first one is charged.
    for (const { quota, amounts } of charges) usedAfter(quota, amounts, attributes)
    if (attributes.dryRun) return
    for (const { quota, amounts } of charges) {
      const change = (current: ResourceQuota) => {
        current.status = { ...current.status, used: usedAfter(current, amounts, attributes) }
      }
      const key = { namespace, name: quota.metadata.name ?? '' }
      await store.update(key, change, { user: serverUser, subresource: 'status' })
    }
  },
}

/** What the write takes of a quota; undefined where that does not count it, or the write takes no more than before. */
function chargeOf(quota: Quota, use: QuotaUse, attributes: AdmissionAttributes): Charge | undefined {
  const hard = Object.keys(quota.status?.hard ?? {})
  const names = hard.filter((name) => use.counts(name))
  if (names.length === 0 || !use.inScope(quota)) return undefined
  const problem = use.problem?.(names)
  const name = quota.metadata.name ?? ''
  if (problem) throw refusal(attributes, `failed quota: ${name}: ${problem}`)
  if (!names.every((one) => Object.hasOwn(quota.status?.used ?? {}, one))) {
    const list = names.toSorted(compareUtf8).join(',')
    throw refusal(attributes, `status unknown for quota: ${name}, resources: ${list}`)
  }
  const negative = Object.keys(use.usage).filter((one) => (use.usage[one] ?? Quantity.zero).sign() < 0)
  if (negative.length > 0) {
    const list = negative.sort(compareUtf8).join(',')
    throw refusal(attributes, `quota usage is negative for resource(s): ${list}`)
  }
  const amounts: Resources = {}
  for (const one of names) {
    const more = (use.usage[one] ?? Quantity.zero).sub(use.before?.[one] ?? Quantity.zero)
    if (more.sign() > 0) amounts[one] = more
  }
  return Object.keys(amounts).length === 0 ? undefined : { quota, amounts }
}

/** The quota's use with these amounts; refuses where that is too much. */
function usedAfter(
  quota: Quota,
  amounts: Readonly<Resources>,
  attributes: AdmissionAttributes,
): Record<string, string> {
  const { hard = {}, used = {} } = quota.status ?? {}
  const after: Record<string, string> = { ...used }
  const exceeded: string[] = []
  for (const [name, amount] of Object.entries(amounts)) {
    const limit = hard[name]
    if (limit === undefined) continue
    const sum = Quantity.parse(used[name] ?? '0').add(amount)
    after[name] = sum.toString()
    if (sum.cmp(Quantity.parse(limit)) > 0) exceeded.push(name)
  }
  if (exceeded.length === 0) return after
  exceeded.sort(compareUtf8)
  const list = (values: Readonly<Record<string, unknown>>) =>
    exceeded.map((name) => `${name}=${values[name]}`).join(',')
  const texts = `requested: ${list(amounts)}, used: ${list(used)}, limited: ${list(hard)}`
  throw refusal(attributes, `exceeded quota: ${quota.metadata.name}, ${texts}`)
}
