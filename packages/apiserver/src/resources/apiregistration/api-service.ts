import { APIService, type APIServiceCondition } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  formatTime,
  isDNS1035Label,
  isDNS1123Subdomain,
  isPortNum,
  nameIsPathSegment,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { refusals } from '../fields.ts'

const statuses = ['True', 'False', 'Unknown']

export const apiServices = defineResource(APIService, {
  categories: ['api-extensions'],
  allowUnconditionalUpdate: false,
  setDefaults(service) {
    if (service.spec?.service) service.spec.service.port ??= 443
  },
  // The name of the core group's ends with a dot.
  validateName: nameIsPathSegment,
  // What the server has itself needs nobody to look whether it is there.
  prepareForCreate(service, { now }) {
    if (!service.spec?.service) service.status = { conditions: [localCondition(now)] }
  },
  validate,
  status: { initial: () => ({}), validateUpdate: validateStatus },
  columns: [
    nameColumn(),
    {
      name: 'Service',
      type: 'string',
      value: ({ spec }) => (spec?.service ? `${spec.service.namespace ?? ''}/${spec.service.name ?? ''}` : 'Local'),
    },
    { name: 'Available', type: 'string', value: availableText },
    ageColumn(),
  ],
})

/** As kube-aggregator `NewLocalAvailableAPIServiceCondition`. */
export function localCondition(now: number): APIServiceCondition {
  return {
    type: 'Available',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: 'Local',
    message: 'Local APIServices are always available',
  }
}

function availableText({ status }: DeepReadonly<APIService>): string {
  const available = status?.conditions?.find((c) => c.type === 'Available')
  if (!available) return 'Unknown'
  return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`
}

/** As kube-aggregator pkg/apis/apiregistration/validation `ValidateAPIService`. */
function validate({ metadata, spec }: DeepReadonly<APIService>): FieldError[] {
  const errors: FieldError[] = []
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service } = spec ?? {}
  const { caBundle = '', insecureSkipTLSVerify } = spec ?? {}
  const wanted = `${version}.${group}`
  if (metadata.name !== wanted) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`
    errors.push(fieldInvalid('metadata.name', metadata.name, detail))
  }
  if (group === '' && version !== 'v1') {
    errors.push(fieldRequired('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  }
  if (group !== '') errors.push(...refusals('spec.group', group, isDNS1123Subdomain(group)))
  errors.push(...refusals('spec.version', version, isDNS1035Label(version)))
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20000) {
    errors.push(fieldInvalid('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000'))
  }
  if (versionPriority <= 0 || versionPriority > 1000) {
    errors.push(fieldInvalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'))
  }
  if (!service) {
    if (caBundle !== '') {
      const bytes = `${Buffer.from(caBundle, 'base64').length} bytes`
      errors.push(fieldInvalid('spec.caBundle', bytes, 'local APIServices may not have a caBundle'))
    }
    if (insecureSkipTLSVerify) {
      const detail = 'local APIServices may not have insecureSkipTLSVerify'
      errors.push(fieldInvalid('spec.insecureSkipTLSVerify', true, detail))
    }
    return errors
  }
  if (!service.namespace) errors.push(fieldRequired('spec.service.namespace'))
  if (!service.name) errors.push(fieldRequired('spec.service.name'))
  const refused = isPortNum(service.port ?? 0)
  if (refused.length > 0) {
    errors.push(fieldInvalid('spec.service.port', service.port, `port is not valid: ${refused.join(', ')}`))
  }
  if (insecureSkipTLSVerify && caBundle !== '') {
    errors.push(fieldInvalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'))
  }
  return errors
}

function validateStatus({ status }: DeepReadonly<APIService>): FieldError[] {
  return (status?.conditions ?? []).flatMap(({ status: value }, i) =>
    statuses.includes(value) ? [] : [fieldNotSupported(`status.conditions[${i}].status`, value, statuses)],
  )
}
