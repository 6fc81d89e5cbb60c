import type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  WeightedPodAffinityTerm,
} from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidLabelValue,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { type PodContext, ratchet, type Spec } from './context.ts'

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

/** As `validateAffinity`. */
export function validateAffinity(
  affinity: DeepReadonly<Affinity> | undefined,
  { old }: PodContext,
  field: string,
): FieldError[] {
  if (!affinity) return []
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, old, `${field}.nodeAffinity`) : []),
    ...(podAffinity ? validatePodTerms(podAffinity, old, `${field}.podAffinity`) : []),
    ...(podAntiAffinity ? validatePodTerms(podAntiAffinity, old, `${field}.podAntiAffinity`) : []),
  ]
}

function validateNodeAffinity(
  affinity: DeepReadonly<NodeAffinity>,
  old: Spec | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  const before = old?.affinity?.nodeAffinity?.[required]
  const selector = affinity[required]
  if (selector) errors.push(...validateNodeSelector(selector, `${field}.${required}`, before))
  for (const [i, { weight, preference }] of (affinity[preferred] ?? []).entries()) {
    const at = `${field}.${preferred}[${i}]`
    // Values that no node can have are fine here: the term only never counts.
    errors.push(...validateWeight(weight, at), ...validateTerm(preference ?? {}, `${at}.preference`))
  }
  return errors
}

/** As `ValidateNodeSelector`; `before` is what it was before an update, whose faults may stay. */
export function validateNodeSelector(
  { nodeSelectorTerms: terms = [] }: DeepReadonly<NodeSelector>,
  field: string,
  before?: DeepReadonly<NodeSelector>,
): FieldError[] {
  const at = `${field}.nodeSelectorTerms`
  if (terms.length === 0) return [fieldRequired(at, 'must have at least one node selector term')]
  return terms.flatMap((term, i) => [
    ...validateTerm(term, `${at}[${i}]`),
    ...ratchet(validateValues(term, `${at}[${i}]`), () =>
      (before?.nodeSelectorTerms ?? []).flatMap((old) => validateValues(old, '')),
    ),
  ])
}

function validateValues({ matchExpressions = [] }: DeepReadonly<NodeSelectorTerm>, field: string): FieldError[] {
  return matchExpressions.flatMap(({ values = [] }, i) =>
    values.flatMap((value, j) =>
      refusals(`${field}.matchExpressions[${i}].values[${j}]`, value, isValidLabelValue(value)),
    ),
  )
}

function validateWeight(weight: number, field: string): FieldError[] {
  return weight > 0 && weight <= 100 ? [] : [fieldInvalid(`${field}.weight`, weight, 'must be in the range 1-100')]
}

function validateTerm(term: DeepReadonly<NodeSelectorTerm>, field: string): FieldError[] {
  return [
    ...(term.matchExpressions ?? []).flatMap((r, i) => validateRequirement(r, `${field}.matchExpressions[${i}]`)),
    ...(term.matchFields ?? []).flatMap((r, i) => validateFieldRequirement(r, `${field}.matchFields[${i}]`)),
  ]
}

/** As `ValidateNodeSelectorRequirement`. */
function validateRequirement(requirement: DeepReadonly<NodeSelectorRequirement>, field: string): FieldError[] {
  const { key = '', operator, values = [] } = requirement
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be specified when `operator` is 'In' or 'NotIn'"
    if (values.length === 0) errors.push(fieldRequired(`${field}.values`, detail))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
    if (values.length > 0) errors.push(fieldForbidden(`${field}.values`, detail))
  } else if (operator === 'Gt' || operator === 'Lt') {
    const detail = "must be specified single value when `operator` is 'Lt' or 'Gt'"
    if (values.length !== 1) errors.push(fieldRequired(`${field}.values`, detail))
  } else errors.push(fieldInvalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'))
  return [...errors, ...refusals(`${field}.key`, key, isQualifiedName(key))]
}

/** As `ValidateNodeFieldSelectorRequirement`: only the node's name can be selected by. */
function validateFieldRequirement(requirement: DeepReadonly<NodeSelectorRequirement>, field: string): FieldError[] {
  const { key = '', operator, values = [] } = requirement
  const errors: FieldError[] = []
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
    if (values.length !== 1) errors.push(fieldRequired(`${field}.values`, detail))
  } else errors.push(fieldInvalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'))
  if (key !== 'metadata.name') {
    errors.push(fieldInvalid(`${field}.key`, key, 'not a valid field selector key'))
    return errors
  }
  for (const [i, name] of values.entries()) {
    errors.push(...refusals(`${field}.values[${i}]`, name, isDNS1123Subdomain(name)))
  }
  return errors
}

interface PodTerms {
  readonly [required]?: DeepReadonly<PodAffinityTerm[]>
  readonly [preferred]?: DeepReadonly<WeightedPodAffinityTerm[]>
}

function validatePodTerms(affinity: PodTerms, old: Spec | undefined, field: string): FieldError[] {
  const check = (term: DeepReadonly<PodAffinityTerm> | undefined, at: string) => [
    ...ratchet(validateSelectors(term, at), () => selectorFaultsOf(old)),
    ...validatePodTerm(term ?? {}, at),
  ]
  return [
    ...(affinity[required] ?? []).flatMap((term, i) => check(term, `${field}.${required}[${i}]`)),
    ...(affinity[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const at = `${field}.${preferred}[${i}]`
      return [...validateWeight(weight, at), ...check(podAffinityTerm, `${at}.podAffinityTerm`)]
    }),
  ]
}

function validateSelectors(term: DeepReadonly<PodAffinityTerm> | undefined, field: string): FieldError[] {
  return [
    ...validateLabelSelector(term?.labelSelector, `${field}.labelSelector`),
    ...validateLabelSelector(term?.namespaceSelector, `${field}.namespaceSelector`),
  ]
}

function selectorFaultsOf(spec: Spec | undefined): FieldError[] {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {}
  return [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.[required] ?? []).flatMap((term) => validateSelectors(term, '')),
    ...(affinity?.[preferred] ?? []).flatMap(({ podAffinityTerm }) => validateSelectors(podAffinityTerm, '')),
  ])
}

/** As `validatePodAffinityTerm`, but for its selectors. */
function validatePodTerm(term: Partial<DeepReadonly<PodAffinityTerm>>, field: string): FieldError[] {
  const { namespaces = [], topologyKey = '' } = term
  const errors = namespaces.flatMap((name) => refusals(`${field}.namespace`, name, isDNS1123Label(name)))
  errors.push(...validateLabelKeys(term, field))
  if (topologyKey === '') errors.push(fieldRequired(`${field}.topologyKey`, 'can not be empty'))
  return [...errors, ...refusals(`${field}.topologyKey`, topologyKey, isQualifiedName(topologyKey))]
}

/** As `validateMatchLabelKeysAndMismatchLabelKeys`; the selector of a pod has the keys merged into it by now. */
function validateLabelKeys(term: Partial<DeepReadonly<PodAffinityTerm>>, field: string): FieldError[] {
  const { labelSelector: selector, matchLabelKeys = [], mismatchLabelKeys = [] } = term
  const errors: FieldError[] = []
  for (const [name, keys] of Object.entries({ matchLabelKeys, mismatchLabelKeys })) {
    if (keys.length > 0 && !selector) {
      errors.push(fieldForbidden(`${field}.${name}`, 'must not be specified when labelSelector is not set'))
    } else errors.push(...keys.flatMap((key, i) => refusals(`${field}.${name}[${i}]`, key, isQualifiedName(key))))
  }
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}))
  for (const { key } of selector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key)
    if (i >= 0 && seen.has(key)) {
      errors.push(fieldInvalid(`${field}[${i}]`, key, 'exists in both matchLabelKeys and labelSelector'))
    }
    seen.add(key)
  }
  for (const [i, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue
    const detail = 'exists in both matchLabelKeys and mismatchLabelKeys'
    errors.push(fieldInvalid(`${field}.matchLabelKeys[${i}]`, key, detail))
  }
  return errors
}
