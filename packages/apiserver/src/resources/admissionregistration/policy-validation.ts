import type {
  AuditAnnotation,
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ParamKind,
  ValidatingAdmissionPolicy,
  Validation,
  Variable,
} from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1035Label,
  isDNS1123Subdomain,
  isQualifiedName,
  validateConditions,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { oneOf, validateMatchConditions, validateNamedRule } from './rule-validation.ts'

const maxAnnotations = 20
const maxAnnotationExpression = 5 * 1024
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge']
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
)

type Policy = DeepReadonly<ValidatingAdmissionPolicy> | DeepReadonly<MutatingAdmissionPolicy>

/** As pkg/apis/admissionregistration/validation `ValidateValidatingAdmissionPolicy`, but for what expressions say. */
export function validateValidatingPolicy(
  policy: DeepReadonly<ValidatingAdmissionPolicy>,
  old?: DeepReadonly<ValidatingAdmissionPolicy>,
): FieldError[] {
  const { validations = [], auditAnnotations = [] } = policy.spec ?? {}
  const errors = validateCommon(policy, old)
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item'
    return [...errors, fieldRequired('spec.validations', detail), fieldRequired('spec.auditAnnotations', detail)]
  }
  errors.push(...validations.flatMap((one, i) => validateValidation(one, `spec.validations[${i}]`)))
  if (auditAnnotations.length > maxAnnotations) {
    const detail = `must not have more than ${maxAnnotations} auditAnnotations`
    errors.push(fieldInvalid('spec.auditAnnotations', auditAnnotations, detail))
  }
  const keys = auditAnnotations.map(({ key }) => key)
  for (const [i, annotation] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${i}]`
    errors.push(...validateAnnotation(annotation, policy.metadata.name ?? '', at))
    if (keys.indexOf(annotation.key) < i) errors.push(fieldDuplicate(`${at}.key`, annotation.key))
  }
  return errors
}

/** As pkg/apis/admissionregistration/validation `ValidateMutatingAdmissionPolicy`, but for what expressions say. */
export function validateMutatingPolicy(
  policy: DeepReadonly<MutatingAdmissionPolicy>,
  old?: DeepReadonly<MutatingAdmissionPolicy>,
): FieldError[] {
  const { mutations = [], reinvocationPolicy } = policy.spec ?? {}
  return [
    ...validateCommon(policy, old),
    ...(mutations.length === 0 ? [fieldRequired('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, i) => validateMutation(mutation, `spec.mutations[${i}]`)),
    ...(reinvocationPolicy
      ? oneOf('spec.reinvocationPolicy', reinvocationPolicy, ['IfNeeded', 'Never'])
      : [fieldRequired('spec.reinvocationPolicy')]),
  ]
}

function validateCommon({ spec = {} }: Policy, old: Policy | undefined): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints: constraints, matchConditions, variables = [] } = spec
  const unchanged =
    old !== undefined &&
    deepEqual(paramKind, old.spec?.paramKind) &&
    deepEqual(matchConditions, old.spec?.matchConditions)
  const errors = failurePolicy
    ? oneOf('spec.failurePolicy', failurePolicy, ['Fail', 'Ignore'])
    : [fieldRequired('spec.failurePolicy')]
  if (paramKind) errors.push(...validateParamKind(paramKind, 'spec.paramKind'))
  if (!constraints) errors.push(fieldRequired('spec.matchConstraints'))
  else {
    errors.push(...validateMatchResources(constraints, 'spec.matchConstraints'))
    if (!constraints.resourceRules?.length) errors.push(fieldRequired('spec.matchConstraints.resourceRules'))
  }
  if (!unchanged) errors.push(...validateMatchConditions(matchConditions, 'spec.matchConditions'))
  return [...errors, ...variables.flatMap((variable, i) => validateVariable(variable, `spec.variables[${i}]`))]
}

function validateParamKind({ apiVersion = '', kind = '' }: DeepReadonly<ParamKind>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const at = `${field}.apiVersion`
  const parts = apiVersion.split('/')
  if (apiVersion === '') errors.push(fieldRequired(at))
  else if (parts.length > 2) {
    errors.push(fieldInvalid(at, apiVersion, `unexpected GroupVersion string: ${apiVersion}`))
  } else {
    const [group, version = ''] = parts.length === 2 ? parts : ['', apiVersion]
    if (group) {
      const refused = isDNS1123Subdomain(group)
      if (refused.length > 0) errors.push(fieldInvalid(at, group, refused.join(',')))
    }
    const refused = isDNS1035Label(version)
    if (version === '') errors.push(fieldInvalid(at, apiVersion, 'version must be specified'))
    else if (refused.length > 0) errors.push(fieldInvalid(at, version, refused.join(',')))
  }
  if (kind === '') return [...errors, fieldRequired(`${field}.kind`)]
  const refused = isDNS1035Label(kind.toLowerCase())
  if (refused.length === 0) return errors
  const detail = `may have mixed case, but should otherwise match: ${refused.join(',')}`
  return [...errors, fieldInvalid(`${field}.kind`, kind, detail)]
}

/** What a policy, or one of its bindings, matches. */
export function validateMatchResources(match: DeepReadonly<MatchResources>, field: string): FieldError[] {
  const rules = (name: 'resourceRules' | 'excludeResourceRules') =>
    (match[name] ?? []).flatMap((rule, i) => validateNamedRule(rule, `${field}.${name}[${i}]`))
  return [
    ...(match.matchPolicy
      ? oneOf(`${field}.matchPolicy`, match.matchPolicy, ['Equivalent', 'Exact'])
      : [fieldRequired(`${field}.matchPolicy`)]),
    ...(['namespaceSelector', 'objectSelector'] as const).flatMap((name) =>
      match[name] ? validateLabelSelector(match[name], `${field}.${name}`) : [fieldRequired(`${field}.${name}`)],
    ),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ]
}

function validateVariable({ name, expression }: DeepReadonly<Variable>, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (!name?.trim()) errors.push(fieldRequired(`${field}.name`, 'name is not specified'))
  else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || reserved.has(name)) {
    errors.push(fieldInvalid(`${field}.name`, name, 'name is not a valid CEL identifier'))
  }
  if (!expression?.trim()) errors.push(fieldRequired(`${field}.expression`, 'expression is not specified'))
  return errors
}

function validateValidation(validation: DeepReadonly<Validation>, field: string): FieldError[] {
  const { expression = '', message = '', messageExpression = '', reason } = validation
  const errors: FieldError[] = []
  if (!expression.trim()) errors.push(fieldRequired(`${field}.expression`, 'expression is not specified'))
  if (messageExpression !== '' && !messageExpression.trim()) {
    errors.push(fieldInvalid(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified'))
  }
  if (message !== '' && !message.trim()) {
    errors.push(fieldInvalid(`${field}.message`, message, 'message must be non-empty if specified'))
  } else if (/[\n\r]/.test(message.trim())) {
    errors.push(fieldInvalid(`${field}.message`, message, 'message must not contain line breaks'))
  }
  return [...errors, ...oneOf(`${field}.reason`, reason, reasons)]
}

function validateAnnotation(annotation: DeepReadonly<AuditAnnotation>, policy: string, field: string): FieldError[] {
  const { key = '', valueExpression = '' } = annotation
  const at = `${field}.key`
  const qualified = `${policy}/${key}`
  const errors =
    policy === ''
      ? [fieldInvalid(at, key, 'requires metadata.name be non-empty')]
      : refusals(at, qualified, isQualifiedName(qualified))
  const text = valueExpression.trim()
  if (text === '') errors.push(fieldRequired(`${field}.valueExpression`, 'valueExpression is not specified'))
  else if (byteLength(text) > maxAnnotationExpression) {
    const detail = `must not exceed ${maxAnnotationExpression} bytes in length`
    errors.push(fieldRequired(`${field}.valueExpression`, detail))
  }
  return errors
}

function validateMutation(mutation: DeepReadonly<Mutation>, field: string): FieldError[] {
  const { patchType, applyConfiguration, jsonPatch } = mutation
  const of = (
    own: { readonly expression?: string } | undefined,
    other: unknown,
    [ownName, otherName]: readonly [string, string],
  ) => {
    const errors: FieldError[] = []
    if (!own) errors.push(fieldRequired(`${field}.${ownName}`, `must be specified when patchType is ${patchType}`))
    else if (!own.expression?.trim()) {
      errors.push(fieldRequired(`${field}.${ownName}.expression`, 'expression is not specified'))
    }
    if (other !== undefined) {
      errors.push(fieldForbidden(`${field}.${otherName}`, `must not be specified when patchType is ${patchType}`))
    }
    return errors
  }
  if (!patchType) return [fieldRequired(`${field}.patchType`)]
  if (patchType === 'ApplyConfiguration') return of(applyConfiguration, jsonPatch, ['applyConfiguration', 'jsonPatch'])
  if (patchType === 'JSONPatch') return of(jsonPatch, applyConfiguration, ['jsonPatch', 'applyConfiguration'])
  return [fieldNotSupported(`${field}.patchType`, patchType, ['ApplyConfiguration', 'JSONPatch'])]
}

/** What type checking found, and conditions. */
export function validatePolicyStatus({ status }: DeepReadonly<ValidatingAdmissionPolicy>): FieldError[] {
  const warnings = status?.typeChecking?.expressionWarnings ?? []
  return [
    ...warnings.flatMap(({ warning, fieldRef }, i) => {
      const at = `status.typeChecking.expressionWarnings[${i}]`
      return [
        ...(warning ? [] : [fieldRequired(`${at}.warning`)]),
        ...(fieldRef?.trim() ? [] : [fieldRequired(`${at}.fieldRef`)]),
      ]
    }),
    ...validateConditions(status?.conditions, 'status.conditions'),
  ]
}
