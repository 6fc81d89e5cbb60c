import type { StatefulSet, StatefulSetSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  semanticEqual,
} from '@wherry/apimachinery'
import { nonNegative, refusals } from '../fields.ts'
import {
  intOrPercentNumber,
  notMoreThan100Percent,
  validatePositiveIntOrPercent,
  validateWorkloadSelector,
  validateWorkloadTemplate,
} from './workload-validation.ts'

type Spec = DeepReadonly<StatefulSetSpec>

/** As pkg/apis/apps/validation `ValidateStatefulSetSpec`. */
export function validateStatefulSet(
  { spec }: DeepReadonly<StatefulSet>,
  old?: DeepReadonly<StatefulSet>,
): FieldError[] {
  if (spec === undefined) return [fieldRequired('spec')]
  const policy = spec.podManagementPolicy
  const errors: FieldError[] = []
  if (!policy) errors.push(fieldRequired('spec.podManagementPolicy'))
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(fieldInvalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  const { serviceName } = spec
  if (serviceName && !old) errors.push(...refusals('spec.serviceName', serviceName, isDNS1123Label(serviceName)))
  return [
    ...errors,
    ...validateUpdateStrategy(spec),
    ...validateRetention(spec),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.ordinals.start', spec.ordinals?.start),
    ...validateWorkloadSelector(spec.selector, 'spec.selector', 'statefulset'),
    ...validateWorkloadTemplate({ ...spec, template: withClaims(spec) }, 'StatefulSet', old?.spec?.template, ''),
  ]
}

/** The template as pods are made from it: each claim is a volume of its name, in place of the template's own. */
function withClaims({ template, volumeClaimTemplates = [] }: Spec): Spec['template'] {
  const claims = volumeClaimTemplates.map(({ metadata: { name = '' } = {} }) => name)
  if (claims.length === 0 || !template?.spec) return template
  const volumes = [
    ...(template.spec.volumes ?? []).filter(({ name }) => !claims.includes(name)),
    ...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
  ]
  return { ...template, spec: { ...template.spec, volumes } }
}

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
]
const forbidden =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"

export function validateStatefulSetUpdate(
  set: DeepReadonly<StatefulSet>,
  old: DeepReadonly<StatefulSet>,
): FieldError[] {
  return semanticEqual(fixedPart(set.spec), fixedPart(old.spec)) ? [] : [fieldForbidden('spec', forbidden)]
}

function fixedPart(spec: Spec | undefined): object {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([name]) => !mutable.includes(name)))
}

function validateUpdateStrategy({ updateStrategy }: Spec): FieldError[] {
  const { type, rollingUpdate } = updateStrategy ?? {}
  const field = 'spec.updateStrategy'
  if (!type) return [fieldRequired(field)]
  if (type === 'OnDelete') {
    return rollingUpdate
      ? [fieldInvalid(`${field}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")]
      : []
  }
  if (type !== 'RollingUpdate') {
    const value = { Type: type, RollingUpdate: rollingUpdate ?? null }
    return [fieldInvalid(field, value, "must be 'RollingUpdate' or 'OnDelete'")]
  }
  const errors = nonNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition)
  const maxUnavailable = rollingUpdate?.maxUnavailable
  if (maxUnavailable === undefined) return errors
  const unavailable = `${field}.rollingUpdate.maxUnavailable`
  errors.push(...validatePositiveIntOrPercent(unavailable, maxUnavailable))
  if (intOrPercentNumber(maxUnavailable) === 0) {
    errors.push(fieldInvalid(unavailable, maxUnavailable, 'cannot be 0'))
  }
  return [...errors, ...notMoreThan100Percent(unavailable, maxUnavailable)]
}

function validateRetention({ persistentVolumeClaimRetentionPolicy: policy }: Spec): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((name) => {
    const value = policy?.[name]
    if (value === undefined || value === 'Retain' || value === 'Delete') return []
    return [fieldNotSupported(`spec.persistentVolumeClaimRetentionPolicy.${name}`, value, ['Retain', 'Delete'])]
  })
}
