import type { MutatingAdmissionPolicyBinding, ParamRef, ValidatingAdmissionPolicyBinding } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  isDNS1123Subdomain,
  isPathSegmentName,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { validateMatchResources } from './policy-validation.ts'
import { oneOf } from './rule-validation.ts'

type Binding = DeepReadonly<ValidatingAdmissionPolicyBinding> | DeepReadonly<MutatingAdmissionPolicyBinding>

/** As pkg/apis/admissionregistration/validation, for bindings of either kind. */
export function validateBinding({ spec }: Binding): FieldError[] {
  const { policyName, paramRef, matchResources } = spec ?? {}
  return [
    ...(policyName
      ? refusals('spec.policyName', policyName, isDNS1123Subdomain(policyName))
      : [fieldRequired('spec.policyName')]),
    ...(paramRef ? validateParamRef(paramRef, 'spec.paramRef') : []),
    // Upstream's path has this spelling.
    ...(matchResources ? validateMatchResources(matchResources, 'spec.matchResouces') : []),
  ]
}

/** The same with what happens to what the policy refuses. */
export function validateValidatingBinding(binding: DeepReadonly<ValidatingAdmissionPolicyBinding>): FieldError[] {
  const field = 'spec.validationActions'
  const actions = binding.spec?.validationActions ?? []
  const errors = actions.flatMap((action, i) => [
    ...oneOf(`${field}[${i}]`, action, ['Audit', 'Deny', 'Warn']),
    ...(actions.indexOf(action) < i ? [fieldDuplicate(`${field}[${i}]`, action)] : []),
  ])
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)'
    errors.push(fieldInvalid(field, actions, detail))
  }
  if (actions.length === 0) errors.push(fieldRequired(field, 'at least one validation action is required'))
  return [...validateBinding(binding), ...errors]
}

function validateParamRef(ref: DeepReadonly<ParamRef>, field: string): FieldError[] {
  const { name = '', selector, parameterNotFoundAction: action } = ref
  const errors = name === '' ? [] : refusals(`${field}.name`, name, isPathSegmentName(name))
  const exclusive = 'name and selector are mutually exclusive'
  if (name !== '' && selector) errors.push(fieldForbidden(`${field}.name`, exclusive))
  if (selector) {
    errors.push(...validateLabelSelector(selector, `${field}.selector`))
    if (name !== '') errors.push(fieldForbidden(`${field}.selector`, exclusive))
  }
  if (name === '' && !selector) errors.push(fieldRequired(field, 'one of name or selector must be specified'))
  if (!action) errors.push(fieldRequired(`${field}.parameterNotFoundAction`))
  else errors.push(...oneOf(`${field}.parameterNotFoundAction`, action, ['Deny', 'Allow']))
  return errors
}
