import type {
  LimitResponse,
  LimitedPriorityLevelConfiguration,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  semanticEqual,
} from '@wherry/apimachinery'
import { mandatory, priorityLevelSpecs } from './bootstrap-objects.ts'
import { validateConditionTypes } from './flow-schema-validation.ts'

const maxQueues = 10_000_000
const maxHashBits = 60

/** As pkg/apis/flowcontrol/validation `ValidatePriorityLevelConfiguration`. */
export function validatePriorityLevel(level: DeepReadonly<PriorityLevelConfiguration>): FieldError[] {
  const name = level.metadata.name ?? ''
  const spec: DeepReadonly<PriorityLevelConfigurationSpec> = level.spec ?? { type: '' }
  const errors = validateSpec(spec, name)
  const fixed = mandatory.includes(name) ? priorityLevelSpecs[name] : undefined
  if (fixed) {
    const exempt = name === 'exempt'
    const wanted = exempt ? { ...fixed, exempt: spec.exempt } : fixed
    const but = exempt ? " except the 'spec.exempt' field" : ''
    if (!semanticEqual(spec, wanted)) {
      errors.push(fieldInvalid('spec', spec, `spec of '${name}'${but} must equal the fixed value`))
    }
  }
  return [...errors, ...validateConditionTypes(level.status?.conditions)]
}

function validateSpec(spec: DeepReadonly<PriorityLevelConfigurationSpec>, name: string): FieldError[] {
  const { type = '', limited, exempt } = spec
  const errors: FieldError[] = []
  if ((name === 'exempt') !== (type === 'Exempt')) {
    errors.push(fieldInvalid('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'"))
  }
  if (type === 'Exempt') {
    if (limited) errors.push(fieldForbidden('spec.limited', 'must be nil if the type is not Limited'))
    return [...errors, ...(exempt ? validateShares(exempt, 'spec.exempt') : [])]
  }
  if (type !== 'Limited') return [...errors, fieldNotSupported('spec.type', type, ['Exempt', 'Limited'])]
  if (exempt) errors.push(fieldForbidden('spec.exempt', 'must be nil if the type is Limited'))
  if (!limited) return [...errors, fieldRequired('spec.limited', 'must not be empty when type is Limited')]
  return [...errors, ...validateLimited(limited, 'spec.limited')]
}

function validateShares(
  level: { readonly nominalConcurrencyShares?: number; readonly lendablePercent?: number },
  field: string,
): FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 } = level
  const errors: FieldError[] = []
  if (shares < 0) {
    errors.push(fieldInvalid(`${field}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'))
  }
  if (lendable < 0 || lendable > 100) {
    errors.push(fieldInvalid(`${field}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive'))
  }
  return errors
}

function validateLimited(level: DeepReadonly<LimitedPriorityLevelConfiguration>, field: string): FieldError[] {
  const { borrowingLimitPercent: borrowing, limitResponse } = level
  const errors = validateShares(level, field)
  if (borrowing !== undefined && borrowing < 0) {
    const detail = 'if specified, must be a non-negative integer'
    errors.push(fieldInvalid(`${field}.borrowingLimitPercent`, borrowing, detail))
  }
  return [...errors, ...validateResponse(limitResponse ?? { type: '' }, `${field}.limitResponse`)]
}

function validateResponse({ type = '', queuing }: DeepReadonly<LimitResponse>, field: string): FieldError[] {
  const at = `${field}.queuing`
  if (type === 'Reject') {
    return queuing ? [fieldForbidden(at, 'must be nil if limited.limitResponse.type is not Limited')] : []
  }
  if (type !== 'Queue') return [fieldNotSupported(`${field}.type`, type, ['Queue', 'Reject'])]
  if (queuing) return validateQueuing(queuing, at)
  return [fieldRequired(at, 'must not be empty if limited.limitResponse.type is Limited')]
}

function validateQueuing(queuing: DeepReadonly<QueuingConfiguration>, field: string): FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing
  const errors: FieldError[] = []
  const positive = 'must be positive'
  if (queueLengthLimit <= 0) errors.push(fieldInvalid(`${field}.queueLengthLimit`, queueLengthLimit, positive))
  if (queues <= 0) errors.push(fieldInvalid(`${field}.queues`, queues, positive))
  else if (queues > maxQueues) {
    errors.push(fieldInvalid(`${field}.queues`, queues, `must not be greater than ${maxQueues}`))
  }
  const refuse = (detail: string) => errors.push(fieldInvalid(`${field}.handSize`, handSize, detail))
  if (handSize <= 0) refuse(positive)
  else if (handSize > queues) refuse(`should not be greater than queues (${queues})`)
  else if (Math.ceil(Math.log2(queues) * handSize) > maxHashBits) {
    refuse(
      `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxHashBits}`,
    )
  }
  return errors
}
