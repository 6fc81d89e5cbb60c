import { APIService } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'

export const apiServices = defineResource(APIService, {
  categories: ['api-extensions'],
  allowUnconditionalUpdate: false,
  setDefaults(service) {
    if (service.spec?.service) service.spec.service.port ??= 443
  },
  validate,
  status: { initial: () => ({}) },
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

function availableText({ status }: DeepReadonly<APIService>): string {
  const available = status?.conditions?.find((c) => c.type === 'Available')
  if (!available) return 'Unknown'
  return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`
}

function validate({ metadata, spec }: DeepReadonly<APIService>): FieldError[] {
  const errors: FieldError[] = []
  const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service } = spec ?? {}
  const wanted = `${version}.${group}`
  if (metadata.name !== wanted) {
    const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`
    errors.push(fieldInvalid('metadata.name', metadata.name, detail))
  }
  if (group === '' && version !== 'v1') {
    errors.push(fieldRequired('spec.group', 'only v1 may have an empty group and it better be legacy kube'))
  }
  if (version === '') errors.push(fieldRequired('spec.version'))
  if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20000) {
    errors.push(fieldInvalid('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000'))
  }
  if (versionPriority <= 0 || versionPriority > 1000) {
    errors.push(fieldInvalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'))
  }
  if (!service) {
    if (spec?.insecureSkipTLSVerify) {
      const detail = 'local APIServices may not have insecureSkipTLSVerify'
      errors.push(fieldInvalid('spec.insecureSkipTLSVerify', true, detail))
    }
    return errors
  }
  if (!service.namespace) errors.push(fieldRequired('spec.service.namespace'))
  if (!service.name) errors.push(fieldRequired('spec.service.name'))
  return errors
}
