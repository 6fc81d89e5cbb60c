import { PriorityLevelConfiguration } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { struct } from '../structs.ts'
import { validateConditionTypes } from './flow-schema-validation.ts'
import { validatePriorityLevel } from './priority-level-validation.ts'

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
  validate: validatePriorityLevel,
  status: {
    initial: () => ({}),
    validateUpdate: ({ status }) => validateConditionTypes(status?.conditions),
  },
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
