import { PriorityLevelConfiguration } from '@wherry/api'
import { type FieldError, fieldForbidden, fieldNotSupported, fieldRequired } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { struct } from '../structs.ts'

export const priorityLevelConfigurations = defineResource(PriorityLevelConfiguration, {
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(level) {
    const { exempt, limited } = struct(level, 'spec')
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (!limited) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const queuing = limited.limitResponse?.queuing
    if (!queuing) return
    queuing.handSize ||= 8
    queuing.queues ||= 64
    queuing.queueLengthLimit ||= 50
  },
  validate({ spec }) {
    const errors: FieldError[] = []
    if (spec?.type === 'Exempt') {
      if (spec.limited) errors.push(fieldForbidden('spec.limited', 'must be nil if the type is Exempt'))
    } else if (spec?.type === 'Limited') {
      if (spec.exempt) errors.push(fieldForbidden('spec.exempt', 'must be nil if the type is Limited'))
      if (!spec.limited) errors.push(fieldRequired('spec.limited', 'must not be empty when type is Limited'))
    } else errors.push(fieldNotSupported('spec.type', spec?.type ?? '', ['Exempt', 'Limited']))
    return errors
  },
  status: { initial: () => ({}) },
  columns: [
    nameColumn(),
    { name: 'Type', type: 'string', value: ({ spec }) => spec?.type ?? '' },
    {
      name: 'NominalConcurrencyShares',
      type: 'string',
      value: ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? none,
    },
    { name: 'Queues', type: 'string', value: ({ spec }) => spec?.limited?.limitResponse?.queuing?.queues ?? none },
    { name: 'HandSize', type: 'string', value: ({ spec }) => spec?.limited?.limitResponse?.queuing?.handSize ?? none },
    {
      name: 'QueueLengthLimit',
      type: 'string',
      value: ({ spec }) => spec?.limited?.limitResponse?.queuing?.queueLengthLimit ?? none,
    },
    ageColumn(),
  ],
})
