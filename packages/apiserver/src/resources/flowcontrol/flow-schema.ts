import { FlowSchema } from '@wherry/api'
import { type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { struct } from '../structs.ts'

export const flowSchemas = defineResource(FlowSchema, {
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(schema) {
    struct(schema, 'spec').matchingPrecedence ||= 1000
  },
  validate({ spec }) {
    const errors: FieldError[] = []
    const precedence = spec?.matchingPrecedence ?? 0
    if (precedence <= 0) errors.push(fieldInvalid('spec.matchingPrecedence', precedence, 'must be a positive value'))
    if (precedence > 10000) {
      errors.push(fieldInvalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'))
    }
    if (!spec?.priorityLevelConfiguration?.name) {
      errors.push(fieldRequired('spec.priorityLevelConfiguration.name', 'must reference a priority level'))
    }
    return errors
  },
  status: { initial: () => ({}) },
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
