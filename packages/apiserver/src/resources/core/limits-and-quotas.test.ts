import type { LimitRangeItem, ResourceQuotaSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validateLimitRange } from './limit-range-validation.ts'
import { validateResourceQuota, validateResourceQuotaUpdate } from './resource-quota-validation.ts'

describe('a LimitRange', () => {
  const errorsOf = (...limits: LimitRangeItem[]) =>
    validateLimitRange({ metadata: { name: 'l' }, spec: { limits } }).map(formatFieldError)
  const at = 'spec.limits[0]'

  it.each<{ name: string; item: LimitRangeItem; want: string[] }>([
    {
      name: 'from the least to the most',
      item: {
        type: 'Container',
        min: { cpu: '25m', memory: '1Mi' },
        defaultRequest: { cpu: '50m' },
        default: { cpu: '100m' },
        max: { cpu: '1', memory: '1Gi' },
        maxLimitRequestRatio: { cpu: '10' },
      },
      want: [],
    },
    { name: 'a type of its own domain', item: { type: 'thirdparty.com/foo', max: { 'example.com/a': '1' } }, want: [] },
    {
      name: 'an unknown type',
      item: { type: 'foo' },
      want: [`${at}.type: Invalid value: "foo": must be a standard limit type or fully qualified`],
    },
    {
      name: 'defaults of whole pods',
      item: { type: 'Pod', default: { cpu: '1' }, defaultRequest: { cpu: '1' } },
      want: [
        `${at}.default: Forbidden: may not be specified when \`type\` is 'Pod'`,
        `${at}.defaultRequest: Forbidden: may not be specified when \`type\` is 'Pod'`,
      ],
    },
    {
      name: 'more at least than at most',
      item: { type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } },
      want: [`${at}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1`],
    },
    {
      name: 'defaults out of order',
      item: {
        type: 'Container',
        min: { cpu: '2' },
        max: { cpu: '4' },
        default: { cpu: '1' },
        defaultRequest: { cpu: '5' },
      },
      want: [
        `${at}.defaultRequest[cpu]: Invalid value: "5": default request value 5 is greater than max value 4`,
        `${at}.defaultRequest[cpu]: Invalid value: "5": default request value 5 is greater than default limit value 1`,
        `${at}.default[cpu]: Invalid value: "2": min value 2 is greater than default value 1`,
      ],
    },
    {
      name: 'a ratio below one',
      item: { type: 'Pod', maxLimitRequestRatio: { cpu: '800m' } },
      want: [`${at}.maxLimitRequestRatio[cpu]: Invalid value: "800m": ratio 800m is less than 1`],
    },
    {
      name: 'a ratio that no pod can have',
      item: { type: 'Pod', min: { memory: '1Gi' }, max: { memory: '2Gi' }, maxLimitRequestRatio: { memory: '10' } },
      want: [`${at}.maxLimitRequestRatio[memory]: Invalid value: "10": ratio 10 is greater than max/min = 2.000000`],
    },
    {
      name: 'a ratio of claims without sizes',
      item: { type: 'PersistentVolumeClaim' },
      want: [
        `${at}.limits: Required value: either minimum or maximum storage value is required, but neither was provided`,
      ],
    },
    {
      name: 'devices that are asked for and given differently',
      item: { type: 'Container', default: { 'example.com/a': '2' }, defaultRequest: { 'example.com/a': '1' } },
      want: [
        `${at}.defaultRequest[example.com/a]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/a`,
      ],
    },
    {
      name: 'what containers do not have',
      item: { type: 'Container', max: { storage: '1Gi' } },
      want: [`${at}.max[storage]: Invalid value: "storage": must be a standard resource for containers`],
    },
  ])('$name', ({ item, want }) => {
    expect(errorsOf(item)).toEqual(want)
  })

  it('has each type once', () => {
    expect(errorsOf({ type: 'Pod' }, { type: 'Pod' })).toEqual(['spec.limits[1].type: Duplicate value: "Pod"'])
  })
})

describe('a ResourceQuota', () => {
  const aQuota = (spec: ResourceQuotaSpec) => ({ metadata: { name: 'q' }, spec })
  const at = 'spec.scopeSelector.matchExpressions'
  const selecting = (scopeName: string, operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName, operator, ...(values && { values }) }] },
  })

  it.each<{ name: string; spec: ResourceQuotaSpec; want: string[] }>([
    {
      name: 'much',
      spec: {
        hard: { cpu: '100', memory: '10Gi', 'requests.example.com/a': '1', pods: '10', 'count/jobs.batch': '3' },
      },
      want: [],
    },
    { name: 'pods of a class', spec: { hard: { pods: '1' }, ...selecting('PriorityClass', 'In', ['high']) }, want: [] },
    { name: 'long-lived pods', spec: { hard: { cpu: '1', pods: '1' }, scopes: ['NotTerminating'] }, want: [] },
    {
      name: 'half a pod',
      spec: { hard: { pods: '500m' } },
      want: ['spec.hard[pods]: Invalid value: "500m": must be an integer'],
    },
    {
      name: 'less than nothing',
      spec: { hard: { cpu: '-1' } },
      want: ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
    },
    {
      name: 'what quotas do not count',
      spec: { hard: { storage: '1Gi', ducks: '1' } },
      want: [
        'spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota',
        'spec.hard[ducks]: Invalid value: "ducks": must be a standard resource type or fully qualified',
        'spec.hard[ducks]: Invalid value: "ducks": must be a standard resource for quota',
      ],
    },
    {
      name: 'an unknown scope',
      spec: { hard: { pods: '1' }, scopes: ['Lucky'] },
      want: ['spec.scopes: Invalid value: ["Lucky"]: unsupported scope'],
    },
    {
      name: 'scopes that no pod has at once',
      spec: { hard: { pods: '1' }, scopes: ['Terminating', 'NotTerminating', 'BestEffort', 'NotBestEffort'] },
      want: ['a', 'b'].map(
        () =>
          'spec.scopes: Invalid value: ["Terminating","NotTerminating","BestEffort","NotBestEffort"]: conflicting scopes',
      ),
    },
    {
      name: 'amounts of pods that have none',
      spec: { hard: { cpu: '1' }, scopes: ['BestEffort'] },
      want: ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
    },
    {
      name: 'a selector without values',
      spec: { hard: { pods: '1' }, ...selecting('PriorityClass', 'In') },
      want: [
        `${at}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
      ],
    },
    {
      name: 'values of what is there or not',
      spec: { hard: { pods: '1' }, ...selecting('PriorityClass', 'Exists', ['a']) },
      want: [
        `${at}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
      ],
    },
    {
      name: 'an unknown operator',
      spec: { hard: { pods: '1' }, ...selecting('PriorityClass', 'Near') },
      want: [`${at}.operator: Invalid value: "Near": not a valid selector operator`],
    },
    {
      name: 'values of a scope that has none',
      spec: { hard: { pods: '1' }, ...selecting('BestEffort', 'In', ['a']) },
      want: [
        `${at}.operator: Invalid value: "In": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity`,
      ],
    },
  ])('limits $name', ({ spec, want }) => {
    expect(validateResourceQuota(aQuota(spec)).map(formatFieldError)).toEqual(want)
  })

  it('keeps its scopes', () => {
    const [old, now] = [aQuota({ scopes: ['BestEffort'] }), aQuota({ scopes: ['Terminating'] })]
    expect(validateResourceQuotaUpdate(old, old)).toEqual([])
    expect(validateResourceQuotaUpdate(now, old).map(formatFieldError)).toEqual([
      'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
    ])
  })
})
