import type { LabelSelector, PodSchedulingGate, Toleration, TopologySpreadConstraint } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isQualifiedName,
  isValidLabelValue,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { type PodContext, ratchet } from './context.ts'

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As `ValidateTolerations`. */
export function validateTolerations(tolerations: DeepReadonly<Toleration[]>, field: string): FieldError[] {
  return tolerations.flatMap((toleration, i) => validateToleration(toleration, `${field}[${i}]`))
}

function validateToleration(toleration: DeepReadonly<Toleration>, field: string): FieldError[] {
  const { key, operator, value = '', effect, tolerationSeconds } = toleration
  const errors: FieldError[] = key ? refusals(`${field}.key`, key, isQualifiedName(key)) : []
  if (!key && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
    errors.push(fieldInvalid(`${field}.operator`, operator ?? '', detail))
  }
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
    const detail = "effect must be 'NoExecute' when `tolerationSeconds` is set"
    errors.push(fieldInvalid(`${field}.effect`, effect ?? '', detail))
  }
  if (!operator || operator === 'Equal') {
    const refused = isValidLabelValue(value)
    if (refused.length > 0) errors.push(fieldInvalid(`${field}.operator`, value, refused.join(';')))
  } else if (operator === 'Exists') {
    const detail = "value must be empty when `operator` is 'Exists'"
    if (value !== '') errors.push(fieldInvalid(`${field}.operator`, value, detail))
  } else errors.push(fieldNotSupported(`${field}.operator`, operator, ['Equal', 'Exists']))
  if (effect && !effects.includes(effect)) errors.push(fieldNotSupported(`${field}.effect`, effect, effects))
  return errors
}

/** As `validateSchedulingGates`. */
export function validateSchedulingGates(gates: DeepReadonly<PodSchedulingGate[]>, field: string): FieldError[] {
  const names = new Set<string>()
  return gates.flatMap(({ name = '' }, i) => {
    const errors = refusals(`${field}[${i}]`, name, isQualifiedName(name))
    if (names.has(name)) errors.push(fieldDuplicate(`${field}[${i}]`, name))
    names.add(name)
    return errors
  })
}

const actions = ['DoNotSchedule', 'ScheduleAnyway']
type Constraint = DeepReadonly<TopologySpreadConstraint>

/** As `validateTopologySpreadConstraints`. */
export function validateTopologySpread(
  constraints: readonly Constraint[],
  { isPod, old }: PodContext,
  field: string,
): FieldError[] {
  const repeated = (now: Constraint, rest: readonly Constraint[]) =>
    rest.some((other) => other.topologyKey === now.topologyKey && other.whenUnsatisfiable === now.whenUnsatisfiable)
  return constraints.flatMap((constraint, i) => {
    const at = `${field}[${i}]`
    const { maxSkew, topologyKey = '', whenUnsatisfiable = '', minDomains, labelSelector, matchLabelKeys } = constraint
    const errors: FieldError[] = []
    if (!(maxSkew > 0)) errors.push(fieldInvalid(`${at}.maxSkew`, maxSkew ?? 0, 'must be greater than zero'))
    if (topologyKey === '') errors.push(fieldRequired(`${at}.topologyKey`, 'can not be empty'))
    if (!actions.includes(whenUnsatisfiable)) {
      errors.push(fieldNotSupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, actions))
    }
    if (repeated(constraint, constraints.slice(i + 1))) {
      const pair = `{${topologyKey}, ${whenUnsatisfiable}}`
      errors.push(fieldDuplicate(`${at}.{topologyKey, whenUnsatisfiable}`, pair))
    }
    errors.push(...validateMinDomains(minDomains, whenUnsatisfiable, `${at}.minDomains`))
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const) {
      const policy = constraint[name]
      if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore') {
        errors.push(fieldNotSupported(`${at}.${name}`, policy, ['Honor', 'Ignore']))
      }
    }
    return [
      ...errors,
      ...validateSpreadKeys(matchLabelKeys ?? [], labelSelector, isPod, `${at}.matchLabelKeys`),
      ...ratchet(validateLabelSelector(labelSelector, `${at}.labelSelector`), () =>
        (old?.topologySpreadConstraints ?? []).flatMap((before) => validateLabelSelector(before.labelSelector, '')),
      ),
    ]
  })
}

function validateMinDomains(count: number | undefined, action: string, field: string): FieldError[] {
  if (count === undefined) return []
  const errors: FieldError[] = count > 0 ? [] : [fieldInvalid(field, count, 'must be greater than zero')]
  if (action !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`
    errors.push(fieldInvalid(field, count, detail))
  }
  return errors
}

/**
 * Keys whose values come from the pod's own labels. The selector of a pod has them by now, so that only a second
 * mention is one too many. As `validateMatchLabelKeysInTopologySpread`.
 */
function validateSpreadKeys(
  keys: readonly string[],
  selector: DeepReadonly<LabelSelector> | undefined,
  merged: boolean,
  field: string,
): FieldError[] {
  if (keys.length === 0) return []
  const errors: FieldError[] = []
  if (!selector) errors.push(fieldForbidden(field, 'must not be specified when labelSelector is not set'))
  const mentions = [
    ...Object.keys(selector?.matchLabels ?? {}),
    ...(selector?.matchExpressions ?? []).map(({ key }) => key),
  ]
  for (const [i, key] of keys.entries()) {
    errors.push(...refusals(`${field}[${i}]`, key, isQualifiedName(key)))
    if (mentions.filter((mention) => mention === key).length <= (merged ? 1 : 0)) continue
    errors.push(fieldInvalid(`${field}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'))
  }
  return errors
}
