import type {
  Affinity,
  NodeAffinity,
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
  isQualifiedName,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'

const required = 'requiredDuringSchedulingIgnoredDuringExecution'
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution'

/** As `validateAffinity`. */
export function validateAffinity(affinity: DeepReadonly<Affinity> | undefined, field: string): FieldError[] {
  if (!affinity) return []
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity
  return [
    ...(nodeAffinity ? validateNodeAffinity(nodeAffinity, `${field}.nodeAffinity`) : []),
    ...(podAffinity ? validatePodTerms(podAffinity, `${field}.podAffinity`) : []),
    ...(podAntiAffinity ? validatePodTerms(podAntiAffinity, `${field}.podAntiAffinity`) : []),
  ]
}

function validateNodeAffinity(affinity: DeepReadonly<NodeAffinity>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const selector = affinity[required]
  if (selector) {
    const at = `${field}.${required}.nodeSelectorTerms`
    const terms = selector.nodeSelectorTerms ?? []
    if (terms.length === 0) errors.push(fieldRequired(at, 'must have at least one node selector term'))
    errors.push(...terms.flatMap((term, i) => validateTerm(term, `${at}[${i}]`)))
  }
  for (const [i, { weight, preference }] of (affinity[preferred] ?? []).entries()) {
    const at = `${field}.${preferred}[${i}]`
    errors.push(...validateWeight(weight, at), ...validateTerm(preference ?? {}, `${at}.preference`))
  }
  return errors
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
  if (key !== 'metadata.name') errors.push(fieldInvalid(`${field}.key`, key, 'not a valid field selector key'))
  return errors
}

interface PodTerms {
  readonly [required]?: DeepReadonly<PodAffinityTerm[]>
  readonly [preferred]?: DeepReadonly<WeightedPodAffinityTerm[]>
}

function validatePodTerms(affinity: PodTerms, field: string): FieldError[] {
  return [
    ...(affinity[required] ?? []).flatMap((term, i) => validatePodTerm(term, `${field}.${required}[${i}]`)),
    ...(affinity[preferred] ?? []).flatMap(({ weight, podAffinityTerm }, i) => {
      const at = `${field}.${preferred}[${i}]`
      return [...validateWeight(weight, at), ...validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`)]
    }),
  ]
}

function validatePodTerm(term: DeepReadonly<PodAffinityTerm> | undefined, field: string): FieldError[] {
  const { labelSelector, namespaceSelector, namespaces = [], topologyKey = '' } = term ?? {}
  const errors: FieldError[] = []
  if (labelSelector) errors.push(...validateLabelSelector(labelSelector, `${field}.labelSelector`))
  if (namespaceSelector) errors.push(...validateLabelSelector(namespaceSelector, `${field}.namespaceSelector`))
  for (const name of namespaces) errors.push(...refusals(`${field}.namespace`, name, isDNS1123Label(name)))
  if (topologyKey === '') errors.push(fieldRequired(`${field}.topologyKey`, 'can not be empty'))
  return [...errors, ...refusals(`${field}.topologyKey`, topologyKey, isQualifiedName(topologyKey))]
}
