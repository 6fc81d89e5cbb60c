import {
  ConfigMap,
  Deployment,
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  type MutatingAdmissionPolicySpec,
  ValidatingAdmissionPolicy,
} from '@wherry/api'
import { StatusError } from '@wherry/apimachinery'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

let count = 0
const operations = ['CREATE', 'UPDATE']
const rules = [
  { apiGroups: [''], apiVersions: ['v1'], operations, resources: ['configmaps'] },
  { apiGroups: ['apps'], apiVersions: ['v1'], operations, resources: ['deployments'] },
]

async function change(
  mutations: MutatingAdmissionPolicySpec['mutations'],
  more: Partial<MutatingAdmissionPolicySpec> = {},
) {
  const name = `change-${++count}`
  const matchConstraints = { resourceRules: rules, objectSelector: { matchLabels: { policy: name } } }
  await server.client.create(MutatingAdmissionPolicy, {
    metadata: { name },
    spec: { matchConstraints, reinvocationPolicy: 'Never', mutations, ...more },
  })
  await server.client.create(MutatingAdmissionPolicyBinding, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name },
  })
  const write = (data: Record<string, string>) =>
    server.client.create(ConfigMap, {
      metadata: { name: `m-${++count}`, namespace: 'default', labels: { policy: name } },
      data,
    })
  return { name, write }
}

const failure = async (work: Promise<unknown>): Promise<StatusError> => {
  const error: unknown = await work.catch((cause: unknown) => cause)
  if (!(error instanceof StatusError)) throw new Error('it did not fail', { cause: error })
  return error
}

describe('a mutating admission policy', () => {
  it('patches the object', async () => {
    const expression = `[
      JSONPatch{op: "test", path: "/data/a", value: "1"},
      JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("b"), value: object.data.a + "2"},
      JSONPatch{op: "add", path: "/metadata/annotations", value: {"by": request.userInfo.username}}
    ]`
    const { write } = await change([{ patchType: 'JSONPatch', jsonPatch: { expression } }])
    const changed = await write({ a: '1' })
    expect(changed.data).toEqual({ a: '1', b: '12' })
    expect(changed.metadata.annotations).toEqual({ by: 'kubernetes-admin' })
    // A test that fails leaves the object as it is.
    expect((await write({ a: '2' })).data).toEqual({ a: '2' })
  })

  it('merges a configuration as server-side apply does', async () => {
    const expression = `Object{
      spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
        containers: object.spec.template.spec.containers.map(c,
          Object.spec.template.spec.containers{
            name: c.name,
            env: [Object.spec.template.spec.containers.env{name: "FOO", value: "bar"}]
          })
      }}}
    }`
    const { name } = await change([{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }])
    const labels = { app: 'a' }
    const containers = [{ name: 'c', image: 'i', env: [{ name: 'A', value: 'b' }] }]
    const changed = await server.client.create(Deployment, {
      metadata: { name: 'd', namespace: 'default', labels: { policy: name } },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
    })
    expect(changed.spec?.template.spec?.containers[0]).toMatchObject({
      image: 'i',
      env: [
        { name: 'A', value: 'b' },
        { name: 'FOO', value: 'bar' },
      ],
    })
  })

  it('refuses the request where it fails, unless failures are ignored', async () => {
    const mutations = [
      {
        patchType: 'JSONPatch',
        jsonPatch: { expression: '[JSONPatch{op: "add", path: "/data/x", value: object.data.none}]' },
      },
    ]
    const strict = await change(mutations)
    const error = await failure(strict.write({ a: '1' }))
    expect(error.message).toBe(
      `policy '${strict.name}' with binding '${strict.name}-binding' denied request: expression '[JSONPatch{op: "add", path: "/data/x", value: object.data.none}]' resulted in error: no such key: none`,
    )
    const lenient = await change(mutations, { failurePolicy: 'Ignore' })
    expect((await lenient.write({ a: '1' })).data).toEqual({ a: '1' })
  })
})

describe('policies whose expressions are none', () => {
  it('are refused with the messages of the compiler', async () => {
    const spec = {
      matchConstraints: { resourceRules: rules },
      variables: [{ name: 'n', expression: 'object.spec.replicas' }],
      validations: [
        { expression: 'variables.m == 1' },
        { expression: "'text'", messageExpression: 'authorizer' },
        { expression: 'object.a > 1 &&' },
      ],
    }
    const error = await failure(server.client.create(ValidatingAdmissionPolicy, { metadata: { name: 'none' }, spec }))
    expect(error.status.details?.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[0].expression',
        message: `Invalid value: "variables.m == 1": compilation failed: ERROR: <input>:1:10: undefined field 'm'\n | variables.m == 1\n | .........^`,
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[1].expression',
        message: `Invalid value: "'text'": must evaluate to bool but got string`,
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.validations[1].messageExpression',
        message: `Invalid value: "authorizer": compilation failed: ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')\n | authorizer\n | ^`,
      },
      expect.objectContaining({ field: 'spec.validations[2].expression' }),
    ])
  })
})
