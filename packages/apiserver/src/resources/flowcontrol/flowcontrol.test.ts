import type {
  FlowSchema,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, withDefaults } from '../../../testing/field-errors.ts'
import { flowSchemaSpecs, priorityLevelSpecs } from './bootstrap-objects.ts'
import { flowSchemas } from './flow-schema.ts'
import { priorityLevelConfigurations } from './priority-level-configuration.ts'

const user = { kind: 'User', user: { name: 'u' } }
const resourceRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }
const schema = (rules: Partial<PolicyRulesWithSubjects>, rest: Partial<FlowSchema['spec']> = {}): FlowSchema => ({
  metadata: { name: 's' },
  spec: {
    priorityLevelConfiguration: { name: 'l' },
    matchingPrecedence: 50,
    rules: [{ subjects: [user], resourceRules: [resourceRule], ...rules }],
    ...rest,
  },
})

describe('a flow schema', () => {
  it.each(Object.entries(flowSchemaSpecs))('of upstream, %s, is valid and has all defaults', (name, spec) => {
    const object = { metadata: { name }, spec }
    expect(createErrors(flowSchemas, object)).toEqual([])
    expect(withDefaults(flowSchemas, object)).toEqual(object)
  })

  it.each<[given: FlowSchema, ...errors: string[]]>([
    [schema({})],
    [schema({}, { matchingPrecedence: -1 }), 'spec.matchingPrecedence: Invalid value: -1: must be a positive value'],
    [
      schema({}, { matchingPrecedence: 10001 }),
      'spec.matchingPrecedence: Invalid value: 10001: must not be greater than 10000',
    ],
    [
      schema({}, { matchingPrecedence: 1 }),
      "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
    ],
    [
      schema({}, { distinguisherMethod: { type: 'x' } }),
      'spec.distinguisherMethod.type: Unsupported value: {"Type":"x"}: supported values: "ByNamespace", "ByUser"',
    ],
    [
      schema({}, { priorityLevelConfiguration: { name: '' } }),
      'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
    ],
    [schema({ subjects: [] }), 'spec.rules[0].subjects: Required value: subjects must contain at least one value'],
    [
      schema({ resourceRules: [] }),
      'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
    ],
    [
      schema({ subjects: [{ kind: 'x' }] }),
      'spec.rules[0].subjects[0].kind: Unsupported value: "x": supported values: "Group", "ServiceAccount", "User"',
    ],
    [
      schema({
        subjects: [{ ...user, group: { name: 'g' } }, { kind: 'Group' }, { kind: 'User', user: { name: '' } }],
      }),
      "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
      "spec.rules[0].subjects[1].group: Required value: group is required when subject kind is 'Group'",
      'spec.rules[0].subjects[2].user.name: Required value',
    ],
    [
      schema({ subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '', namespace: '' } }] }),
      'spec.rules[0].subjects[0].serviceAccount.name: Required value',
      'spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account',
    ],
    [
      schema({
        resourceRules: [{ ...resourceRule, verbs: ['*', 'get'], apiGroups: ['*', ''], resources: [], namespaces: [] }],
      }),
      'spec.rules[0].resourceRules[0].verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs',
      'spec.rules[0].resourceRules[0].apiGroups: Invalid value: ["*",""]: if \'*\' is present, must not specify other api groups',
      'spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource',
      'spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace',
    ],
    [
      schema({ resourceRules: [{ ...resourceRule, verbs: ['x'] }] }),
      'spec.rules[0].resourceRules[0].verbs: Unsupported value: ["x"]: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
    ],
    [
      schema({ nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['', 'a', '/a b', '/a//b', '/a*', '/', '/a/*'] }] }),
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "": must not be empty',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "a": must start with slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a b": must not contain white-space',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a//b": must not contain double slash',
      'spec.rules[0].nonResourceRules[0].nonResourceURLs[4]: Invalid value: "/a*": wildcard can only do suffix matching',
    ],
  ])('%j', (given, ...errors) => {
    expect(createErrors(flowSchemas, given)).toEqual(errors)
  })

  it('that is mandatory stays as it is', () => {
    const found = createErrors(flowSchemas, { ...schema({}), metadata: { name: 'catch-all' } })
    expect(found.join()).toMatch(/^spec: Invalid value: .*: spec of 'catch-all' must equal the fixed value$/)
  })
})

const limited = (queuing: Partial<QueuingConfiguration>, rest: object = {}): PriorityLevelConfigurationSpec => ({
  type: 'Limited',
  limited: { limitResponse: { type: 'Queue', queuing }, ...rest },
})

describe('a priority level', () => {
  it.each(Object.entries(priorityLevelSpecs))('of upstream, %s, is valid and has all defaults', (name, spec) => {
    const object = { metadata: { name }, spec }
    expect(createErrors(priorityLevelConfigurations, object)).toEqual([])
    expect(withDefaults(priorityLevelConfigurations, object)).toEqual(object)
  })

  it.each<[spec: PriorityLevelConfigurationSpec, ...errors: string[]]>([
    [limited({})],
    [{ type: 'x' }, 'spec.type: Unsupported value: "x": supported values: "Exempt", "Limited"'],
    [{ type: 'Exempt' }, "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'"],
    [{ type: 'Limited' }, 'spec.limited: Required value: must not be empty when type is Limited'],
    [{ ...limited({}), exempt: {} }, 'spec.exempt: Forbidden: must be nil if the type is Limited'],
    [
      { type: 'Limited', limited: { limitResponse: { type: 'Reject', queuing: {} } } },
      'spec.limited.limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited',
    ],
    [
      { type: 'Limited', limited: { limitResponse: { type: 'Queue' } } },
      'spec.limited.limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited',
    ],
    [
      limited({}, { nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1 }),
      'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
      'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
      'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
    ],
    [
      limited({ queues: -1, handSize: -1, queueLengthLimit: -1 }),
      'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive',
      'spec.limited.limitResponse.queuing.queues: Invalid value: -1: must be positive',
      'spec.limited.limitResponse.queuing.handSize: Invalid value: -1: must be positive',
    ],
    [
      limited({ queues: 8, handSize: 9 }),
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 9: should not be greater than queues (8)',
    ],
    [
      limited({ queues: 256, handSize: 8 }),
      'spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 256 and handSize 8 should not be greater than 60',
    ],
  ])('%j', (spec, ...errors) => {
    expect(createErrors(priorityLevelConfigurations, { metadata: { name: 'l' }, spec })).toEqual(errors)
  })

  it('that is exempt may change its shares only', () => {
    const exempt = { type: 'Exempt', exempt: { nominalConcurrencyShares: 9 } }
    expect(createErrors(priorityLevelConfigurations, { metadata: { name: 'exempt' }, spec: exempt })).toEqual([])
  })
})
