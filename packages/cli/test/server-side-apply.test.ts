import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { ConfigMap, type ManagedFieldsEntry } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { upgrade } from '../src/commands/apply/migration.ts'
import { newTestCLI, type TestCLI } from '../testing/index.ts'

let server: TestServer
let cli: TestCLI

beforeAll(async () => {
  server = await startTestServer()
  cli = newTestCLI(server.url)
})
afterAll(() => server.close())

const configMap = (name: string, data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
const get = (name: string) => server.client.get(ConfigMap, { namespace: 'default', name })
const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })
const managers = (entries: ManagedFieldsEntry[] = []) =>
  entries.map(({ manager, operation }) => `${manager} ${operation}`)

describe('apply --server-side', () => {
  it('says what it has done, under the name of kubectl or another one', async () => {
    const stdin = configMap('named', { a: '1' })
    expect(await cli.run('apply --server-side -f -', { stdin })).toEqual(done('configmap/named serverside-applied\n'))
    const other = 'apply --server-side --field-manager=other -f -'
    expect(await cli.run(other, { stdin })).toEqual(done('configmap/named serverside-applied\n'))
    expect(managers((await get('named')).metadata.managedFields).toSorted()).toEqual(['kubectl Apply', 'other Apply'])
  })

  it('tells conflicts and what to do about them, and takes the fields where it is told to', async () => {
    await cli.run('apply --server-side -f -', { stdin: configMap('conflict', { a: '1' }) })
    const stdin = configMap('conflict', { a: '2' })
    const other = 'apply --server-side --field-manager=other -f -'
    const refused = await cli.run(other, { stdin })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(
      /^error: Apply failed with 1 conflict: conflict with "kubectl": \.data\.a\nPlease review the fields above--they currently have other managers\. Here\n/,
    )
    expect(await cli.run(`${other} --force-conflicts`, { stdin })).toEqual(
      done('configmap/conflict serverside-applied\n'),
    )
    expect((await get('conflict')).data).toEqual({ a: '2' })
  })

  it('takes over from client-side apply, fields that go and the annotation', async () => {
    await cli.run('apply -f -', { stdin: configMap('moved', { a: '1', b: '1' }) })
    expect(managers((await get('moved')).metadata.managedFields)).toEqual(['kubectl-client-side-apply Update'])
    expect(await cli.run('apply --server-side -f -', { stdin: configMap('moved', { a: '1' }) })).toEqual(
      done('configmap/moved serverside-applied\n'),
    )
    const { metadata, data } = await get('moved')
    expect(data).toEqual({ a: '1' })
    expect(managers(metadata.managedFields).toSorted()).toEqual(['kubectl Apply', 'kubectl-last-applied Apply'])
    const annotation = metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration'] ?? '{}'
    expect(JSON.parse(annotation).data).toEqual({ a: '1' })
  })

  it('leaves nothing behind as a dry run', async () => {
    const stdin = configMap('tried', { a: '1' })
    expect(await cli.run('apply --server-side --dry-run=server -f -', { stdin })).toEqual(
      done('configmap/tried serverside-applied (server dry run)\n'),
    )
    await expect(get('tried')).rejects.toThrow('configmaps "tried" not found')
  })
})

describe('diff --server-side', () => {
  it('shows what an apply of kubectl would change', async () => {
    await cli.run('apply --server-side -f -', { stdin: configMap('differs', { a: '1' }) })
    expect(await cli.run('diff --server-side -f -', { stdin: configMap('differs', { a: '1' }) })).toEqual(done(''))
    const { code, stdout } = await cli.run('diff --server-side -f -', { stdin: configMap('differs', { a: '9' }) })
    expect(code).toBe(1)
    expect(stdout).toMatch(/-\s+a: "1"\n\+\s+a: "9"/)
    expect((await get('differs')).data).toEqual({ a: '1' })
  })
})

describe('entries of client-side apply', () => {
  const entry = (manager: string, operation: string, fields: object, apiVersion = 'v1') => ({
    manager,
    operation,
    apiVersion,
    fieldsV1: fields,
  })

  it.each([
    {
      name: 'become those of the server-side manager',
      entries: [entry('csa', 'Update', { 'f:a': {} }), entry('other', 'Update', { 'f:b': {} })],
      want: [entry('kubectl', 'Apply', { 'f:a': {} }), entry('other', 'Update', { 'f:b': {} })],
    },
    {
      name: 'join those that it has',
      entries: [entry('kubectl', 'Apply', { 'f:b': {} }), entry('csa', 'Update', { 'f:a': {} })],
      want: [entry('kubectl', 'Apply', { 'f:a': {}, 'f:b': {} })],
    },
    {
      name: 'of another version go',
      entries: [entry('kubectl', 'Apply', { 'f:b': {} }), entry('csa', 'Update', { 'f:a': {} }, 'v1beta1')],
      want: [entry('kubectl', 'Apply', { 'f:b': {} })],
    },
    {
      name: 'are not there',
      entries: [entry('other', 'Update', { 'f:b': {} })],
      want: [entry('other', 'Update', { 'f:b': {} })],
    },
  ])('$name', ({ entries, want }) => {
    expect(upgrade(entries, 'csa', 'kubectl')).toEqual(want)
  })
})
