import {
  ConfigMap,
  Namespace,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  type ValidatingAdmissionPolicyBindingSpec,
  type ValidatingAdmissionPolicySpec,
} from '@wherry/api'
import { StatusError } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client.create(Namespace, { metadata: { name: 'guarded', labels: { guarded: 'yes' } } })
})
afterAll(() => server.close())

let count = 0
const configMapRule = {
  apiGroups: [''],
  apiVersions: ['v1'],
  operations: ['CREATE', 'UPDATE'],
  resources: ['configmaps'],
}

/** A policy on ConfigMaps in one namespace, bound; and how to write one under it. */
async function guard(
  policy: Omit<ValidatingAdmissionPolicySpec, 'matchConstraints'> & Partial<ValidatingAdmissionPolicySpec>,
  binding: Partial<ValidatingAdmissionPolicyBindingSpec> = {},
) {
  const name = `policy-${++count}`
  const resourceRules = [{ ...configMapRule, resourceNames: [] }]
  await server.client.create(ValidatingAdmissionPolicy, {
    metadata: { name },
    spec: { matchConstraints: { resourceRules, objectSelector: { matchLabels: { policy: name } } }, ...policy },
  })
  await server.client.create(ValidatingAdmissionPolicyBinding, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, validationActions: ['Deny'], ...binding },
  })
  const write = (data: Record<string, string>, more: Partial<ConfigMap['metadata']> = {}) =>
    server.client.create(ConfigMap, {
      metadata: { name: `c-${++count}`, namespace: 'guarded', labels: { policy: name }, ...more },
      data,
    })
  const refused = async (data: Record<string, string>) => {
    const error: unknown = await write(data).catch((cause: unknown) => cause)
    if (!(error instanceof StatusError)) throw new Error('the write was not refused', { cause: error })
    return error.status
  }
  return { name, write, refused }
}

describe('a validating admission policy', () => {
  it('refuses what its expression is false for', async () => {
    const { name, write, refused } = await guard({
      validations: [{ expression: "object.data.size() <= 1 && !('x' in object.data)" }],
    })
    await write({ a: '1' })
    const status = await refused({ a: '1', b: '2' })
    const why = `ValidatingAdmissionPolicy '${name}' with binding '${name}-binding' denied request: failed expression: object.data.size() <= 1 && !('x' in object.data)`
    expect(status).toMatchObject({ code: 422, reason: 'Invalid' })
    expect(status.message).toMatch(/^configmaps "c-\d+" is forbidden: /)
    expect(status.message).toContain(why)
    expect(status.details?.causes).toEqual([{ message: why }])
  })

  it('says its message, or what its message expression gives', async () => {
    const { refused } = await guard({
      variables: [{ name: 'keys', expression: 'object.data.map(k, k)' }],
      validations: [
        {
          expression: 'variables.keys.size() == 0',
          reason: 'Forbidden',
          message: 'no data, please',
          messageExpression: "'found ' + variables.keys.join(', ')",
        },
      ],
    })
    const status = await refused({ a: '1' })
    expect(status).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(status.message).toMatch(/denied request: found a$/)
  })

  it('knows the request, the namespace and the authorizer', async () => {
    const { write } = await guard({
      validations: [
        { expression: "request.operation == 'CREATE' && request.kind.kind == 'ConfigMap' && request.dryRun == false" },
        { expression: "namespaceObject.metadata.labels['guarded'] == 'yes' && oldObject == null" },
        {
          expression: "request.userInfo.username == 'kubernetes-admin' && 'system:masters' in request.userInfo.groups",
        },
        { expression: "authorizer.group('').resource('pods').namespace('guarded').check('create').allowed()" },
        { expression: "authorizer.requestResource.check('create').allowed()" },
      ],
    })
    await write({ a: '1' })
  })

  it('takes parameters', async () => {
    await server.client.create(ConfigMap, {
      metadata: { name: 'limits', namespace: 'guarded' },
      data: { longest: '3' },
    })
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' }
    const validations = [{ expression: 'object.data.all(k, size(object.data[k]) <= int(params.data.longest))' }]
    const { write, refused } = await guard(
      { paramKind, validations },
      { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } },
    )
    await write({ a: '123' })
    expect((await refused({ a: '1234' })).message).toContain('failed expression: object.data.all(')
    const missing = await guard(
      { paramKind, validations },
      { paramRef: { name: 'nothing', parameterNotFoundAction: 'Deny' } },
    )
    expect((await missing.refused({ a: '1' })).message).toContain(
      'denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    )
  })

  it('applies only where its match conditions hold', async () => {
    const { write, refused } = await guard({
      matchConditions: [{ name: 'has-secret', expression: "'secret' in object.data" }],
      validations: [{ expression: 'false', message: 'no secrets' }],
    })
    await write({ a: '1' })
    expect((await refused({ secret: '1' })).message).toContain('no secrets')
  })

  it('treats errors as its failure policy says', async () => {
    const validations = [{ expression: "object.data.missing == 'x'" }]
    const strict = await guard({ validations })
    expect((await strict.refused({ a: '1' })).message).toContain(
      "expression 'object.data.missing == 'x'' resulted in error: no such key: missing",
    )
    const lenient = await guard({ validations, failurePolicy: 'Ignore' })
    await lenient.write({ a: '1' })
  })
})
