import { FlowSchema } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { struct } from '../structs.ts'
import { validateConditionTypes, validateFlowSchema } from './flow-schema-validation.ts'

export const flowSchemas = defineResource(FlowSchema, {
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(schema) {
    struct(schema, 'spec').matchingPrecedence ||= 1000
  },
  validate: validateFlowSchema,
  status: {
    initial: () => ({}),
    validateUpdate: ({ status }) => validateConditionTypes(status?.conditions),
  },
  columns: [
    nameColumn(),
    { name: 'PriorityLevel', type: 'string', value: ({ spec }) => spec?.priorityLevelConfiguration?.name ?? '' },
    { name: 'MatchingPrecedence', type: 'string', value: ({ spec }) => spec?.matchingPrecedence ?? 0 },
    { name: 'DistinguisherMethod', type: 'string', value: ({ spec }) => spec?.distinguisherMethod?.type ?? none },
    ageColumn(),
    {
      name: 'MissingPL',
      type: 'string',
      value: ({ status }) => status?.conditions?.find((c) => c.type === 'Dangling')?.status ?? '?',
    },
  ],
})
