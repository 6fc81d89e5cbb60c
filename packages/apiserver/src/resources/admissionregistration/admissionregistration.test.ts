import type {
  MutatingAdmissionPolicy,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { createErrors, updateErrors } from '../../../testing/field-errors.ts'
import { mutatingAdmissionPolicies } from './mutating-admission-policy.ts'
import { validatingAdmissionPolicies } from './validating-admission-policy.ts'
import { validatingAdmissionPolicyBindings } from './validating-admission-policy-binding.ts'
import { validatingWebhookConfigurations } from './validating-webhook-configuration.ts'

const rule = { operations: ['CREATE'], apiGroups: ['a'], apiVersions: ['v1'], resources: ['pods'] }
const webhook = (rest: Partial<ValidatingWebhook> = {}): ValidatingWebhook => ({
  name: 'w.k8s.io',
  clientConfig: { url: 'https://example.com' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  ...rest,
})
const configuration = (...webhooks: ValidatingWebhook[]): ValidatingWebhookConfiguration => ({
  metadata: { name: 'c' },
  webhooks,
})
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

describe('a webhook', () => {
  it.each<[webhook: Partial<ValidatingWebhook>, ...errors: string[]]>([
    [{}],
    [{ rules: [rule, { ...rule, resources: ['*/*'] }, { ...rule, resources: ['a/*', 'b/status', '*'] }] }],
    [{ name: '' }, 'name: Required value'],
    [
      { name: 'k8s.io' },
      'name: Invalid value: "k8s.io": should be a domain with at least three segments separated by dots',
    ],
    [{ name: 'a b' }, `name: Invalid value: "a b": ${subdomain}`],
    [{ admissionReviewVersions: [] }, 'admissionReviewVersions: Required value: must specify one of v1, v1beta1'],
    [
      { admissionReviewVersions: ['v9', 'v9', '1a'] },
      'admissionReviewVersions[1]: Invalid value: "v9": duplicate version',
      "admissionReviewVersions[2]: Invalid value: \"1a\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      'admissionReviewVersions: Invalid value: ["v9","v9","1a"]: must include at least one of v1, v1beta1',
    ],
    [
      { rules: [{}] },
      'rules[0].operations: Required value',
      'rules[0].apiGroups: Required value',
      'rules[0].apiVersions: Required value',
      'rules[0].resources: Required value',
    ],
    [
      {
        rules: [
          {
            operations: ['*', 'CREATE', 'x'],
            apiGroups: ['*', 'a'],
            apiVersions: ['*', ''],
            resources: ['a', ''],
            scope: 'x',
          },
        ],
      },
      'rules[0].operations: Invalid value: ["*","CREATE","x"]: if \'*\' is present, must not specify other operations',
      'rules[0].operations[2]: Unsupported value: "x": supported values: "*", "CONNECT", "CREATE", "DELETE", "UPDATE"',
      'rules[0].apiGroups: Invalid value: ["*","a"]: if \'*\' is present, must not specify other API groups',
      'rules[0].apiVersions: Invalid value: ["*",""]: if \'*\' is present, must not specify other API versions',
      'rules[0].apiVersions[1]: Required value',
      'rules[0].resources[1]: Required value',
      'rules[0].scope: Unsupported value: "x": supported values: "*", "Cluster", "Namespaced"',
    ],
    [
      { rules: [{ ...rule, resources: ['*/*', 'a'] }] },
      'rules[0].resources: Invalid value: ["*/*","a"]: if \'*/*\' is present, must not specify other resources',
    ],
    [
      { rules: [{ ...rule, resources: ['a/*', 'a/x', '*/y', 'b/y'] }] },
      'rules[0].resources[1]: Invalid value: "a/x": if \'a/*\' is present, must not specify a/x',
      'rules[0].resources[3]: Invalid value: "b/y": if \'*/y\' is present, must not specify b/y',
    ],
    [
      { rules: [{ ...rule, resources: ['*', 'a'] }] },
      'rules[0].resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources without subresources',
    ],
    [{ failurePolicy: 'x' }, 'failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"'],
    [{ matchPolicy: 'x' }, 'matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"'],
    [{ sideEffects: 'Some' }, 'sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"'],
    [{ timeoutSeconds: 31 }, 'timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds'],
    [{ timeoutSeconds: 0 }, 'timeoutSeconds: Invalid value: 0: the timeout value must be between 1 and 30 seconds'],
    [{ clientConfig: {} }, 'clientConfig: Required value: exactly one of url or service is required'],
    [
      { clientConfig: { url: 'http://u@/?q#f' } },
      'clientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
      'clientConfig.url: Invalid value: "": host must be specified; desired format: https://host[/path]',
      'clientConfig.url: Invalid value: "u": user information is not permitted in the URL',
      'clientConfig.url: Invalid value: "f": fragments are not permitted in the URL',
      'clientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
    ],
    [
      { clientConfig: { service: { name: '', namespace: '' } } },
      'clientConfig.service.name: Required value',
      'clientConfig.service.namespace: Required value',
    ],
    ...[
      ['/'],
      ['/a/b/'],
      ['//', 'segment[0] may not be empty'],
      ['foo/', "must start with a '/'"],
      ['/a//b', 'segment[1] may not be empty'],
      ['/a/B', `segment[1]: ${subdomain}`],
    ].map(([path = '', ...details]): [Partial<ValidatingWebhook>, ...string[]] => [
      { clientConfig: { service: { name: 'n', namespace: 'ns', path } } },
      ...details.map((detail) => `clientConfig.service.path: Invalid value: ${JSON.stringify(path)}: ${detail}`),
    ]),
    [
      { clientConfig: { service: { name: 'n', namespace: 'ns', port: 65536 } } },
      'clientConfig.service.port: Invalid value: 65536: port is not valid: must be between 1 and 65535, inclusive',
    ],
    [
      {
        matchConditions: [
          { name: 'a', expression: 'true' },
          { name: 'a', expression: ' ' },
          { name: '', expression: 'x' },
        ],
      },
      'matchConditions[1].expression: Required value',
      'matchConditions[1].name: Duplicate value: "a"',
      'matchConditions[2].name: Required value',
    ],
    [
      { matchConditions: Array.from({ length: 65 }, (_, i) => ({ name: `m${i}`, expression: 'true' })) },
      'matchConditions: Too many: 65: must have at most 64 items',
    ],
  ])('%j', (given, ...errors) => {
    const found = createErrors(validatingWebhookConfigurations, configuration(webhook(given)))
    expect(found).toEqual(errors.map((error) => `webhooks[0].${error}`))
  })

  it('has a name of its own, unless it shared it before', () => {
    const twice = configuration(webhook(), webhook())
    expect(createErrors(validatingWebhookConfigurations, twice)).toEqual([
      'webhooks[1].name: Duplicate value: "w.k8s.io"',
    ])
    expect(updateErrors(validatingWebhookConfigurations, twice, twice)).toEqual([])
  })

  it('keeps what it was allowed to have before', () => {
    const old = configuration(webhook({ sideEffects: 'Unknown', admissionReviewVersions: ['v0'] }))
    expect(updateErrors(validatingWebhookConfigurations, old, old)).toEqual([])
    expect(updateErrors(validatingWebhookConfigurations, old, configuration(webhook()))).toHaveLength(2)
  })
})

const spec = (
  rest: Partial<ValidatingAdmissionPolicy['spec']> = {},
): NonNullable<ValidatingAdmissionPolicy['spec']> => ({
  matchConstraints: { resourceRules: [rule] },
  validations: [{ expression: 'true' }],
  ...rest,
})

describe('a validating admission policy', () => {
  it.each<[spec: ValidatingAdmissionPolicy['spec'], ...errors: string[]]>([
    [spec()],
    [spec({ failurePolicy: 'x' }), 'spec.failurePolicy: Unsupported value: "x": supported values: "Fail", "Ignore"'],
    [spec({ paramKind: { apiVersion: 'a/v1', kind: 'Foo' } })],
    [spec({ paramKind: {} }), 'spec.paramKind.apiVersion: Required value', 'spec.paramKind.kind: Required value'],
    [
      spec({ paramKind: { apiVersion: 'a/b/c', kind: 'F o' } }),
      'spec.paramKind.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
      "spec.paramKind.kind: Invalid value: \"F o\": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
    [{ validations: [{ expression: 'true' }] }, 'spec.matchConstraints: Required value'],
    [spec({ matchConstraints: {} }), 'spec.matchConstraints.resourceRules: Required value'],
    [
      spec({ matchConstraints: { resourceRules: [{ ...rule, resourceNames: ['a', 'a', '/'] }] } }),
      'spec.matchConstraints.resourceRules[0].resourceNames[1]: Duplicate value: "a"',
      'spec.matchConstraints.resourceRules[0].resourceNames[2]: Invalid value: "/": may not contain \'/\'',
    ],
    [
      spec({ validations: [] }),
      'spec.validations: Required value: validations or auditAnnotations must contain at least one item',
      'spec.auditAnnotations: Required value: validations or auditAnnotations must contain at least one item',
    ],
    [
      spec({ validations: [{ expression: ' ', message: 'a\nb', messageExpression: ' ', reason: 'x' }] }),
      'spec.validations[0].expression: Required value: expression is not specified',
      'spec.validations[0].messageExpression: Invalid value: " ": must be non-empty if specified',
      'spec.validations[0].message: Invalid value: "a\\nb": message must not contain line breaks',
      'spec.validations[0].reason: Unsupported value: "x": supported values: "Forbidden", "Invalid", "RequestEntityTooLarge"',
    ],
    [
      spec({ validations: [{ expression: 'true', message: ' ' }] }),
      'spec.validations[0].message: Invalid value: " ": message must be non-empty if specified',
    ],
    [
      spec({
        variables: [
          { name: '', expression: '' },
          { name: '4ever', expression: 'x' },
          { name: 'in', expression: 'x' },
        ],
      }),
      'spec.variables[0].name: Required value: name is not specified',
      'spec.variables[0].expression: Required value: expression is not specified',
      'spec.variables[1].name: Invalid value: "4ever": name is not a valid CEL identifier',
      'spec.variables[2].name: Invalid value: "in": name is not a valid CEL identifier',
    ],
    [
      spec({
        auditAnnotations: [
          { key: 'a', valueExpression: ' ' },
          { key: 'a', valueExpression: 'x'.repeat(5121) },
        ],
      }),
      'spec.auditAnnotations[0].valueExpression: Required value: valueExpression is not specified',
      'spec.auditAnnotations[1].valueExpression: Required value: must not exceed 5120 bytes in length',
      'spec.auditAnnotations[1].key: Duplicate value: "a"',
    ],
  ])('%j', (given, ...errors) => {
    expect(
      createErrors(validatingAdmissionPolicies, { metadata: { name: 'p' }, ...(given ? { spec: given } : {}) }),
    ).toEqual(errors)
  })
})

describe('a mutating admission policy', () => {
  type Spec = NonNullable<MutatingAdmissionPolicy['spec']>
  const mutating = (rest: Partial<Spec>): Spec => ({
    matchConstraints: { resourceRules: [rule] },
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
    ...rest,
  })
  it.each<[spec: Spec, ...errors: string[]]>([
    [mutating({})],
    [mutating({ mutations: [] }), 'spec.mutations: Required value: mutations must contain at least one item'],
    [mutating({ reinvocationPolicy: '' }), 'spec.reinvocationPolicy: Required value'],
    [mutating({ mutations: [{ patchType: '' }] }), 'spec.mutations[0].patchType: Required value'],
    [
      mutating({ mutations: [{ patchType: 'x' }] }),
      'spec.mutations[0].patchType: Unsupported value: "x": supported values: "ApplyConfiguration", "JSONPatch"',
    ],
    [
      mutating({ mutations: [{ patchType: 'ApplyConfiguration', jsonPatch: { expression: 'x' } }] }),
      'spec.mutations[0].applyConfiguration: Required value: must be specified when patchType is ApplyConfiguration',
      'spec.mutations[0].jsonPatch: Forbidden: must not be specified when patchType is ApplyConfiguration',
    ],
  ])('%j', (given, ...errors) => {
    expect(createErrors(mutatingAdmissionPolicies, { metadata: { name: 'p' }, spec: given })).toEqual(errors)
  })
})

describe('a binding of a policy', () => {
  type Spec = NonNullable<ValidatingAdmissionPolicyBinding['spec']>
  it.each<[spec: Spec, ...errors: string[]]>([
    [{ policyName: 'p', validationActions: ['Deny'] }],
    [{ policyName: '', validationActions: ['Deny'] }, 'spec.policyName: Required value'],
    [
      { policyName: 'p', validationActions: [] },
      'spec.validationActions: Required value: at least one validation action is required',
    ],
    [
      { policyName: 'p', validationActions: ['Deny', 'Warn', 'Deny', 'x'] },
      'spec.validationActions[2]: Duplicate value: "Deny"',
      'spec.validationActions[3]: Unsupported value: "x": supported values: "Audit", "Deny", "Warn"',
      'spec.validationActions: Invalid value: ["Deny","Warn","Deny","x"]: must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
    ],
    [
      { policyName: 'p', validationActions: ['Deny'], paramRef: {} },
      'spec.paramRef: Required value: one of name or selector must be specified',
      'spec.paramRef.parameterNotFoundAction: Required value',
    ],
    [
      {
        policyName: 'p',
        validationActions: ['Deny'],
        paramRef: { name: 'a', selector: {}, parameterNotFoundAction: 'x' },
      },
      'spec.paramRef.name: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.selector: Forbidden: name and selector are mutually exclusive',
      'spec.paramRef.parameterNotFoundAction: Unsupported value: "x": supported values: "Deny", "Allow"',
    ],
    [
      { policyName: 'p', validationActions: ['Deny'], matchResources: { matchPolicy: 'x' } },
      'spec.matchResouces.matchPolicy: Unsupported value: "x": supported values: "Equivalent", "Exact"',
    ],
  ])('%j', (given, ...errors) => {
    expect(createErrors(validatingAdmissionPolicyBindings, { metadata: { name: 'b' }, spec: given })).toEqual(errors)
  })
})
