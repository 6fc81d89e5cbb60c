import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { ConfigMap, Deployment, Namespace, Pod, ServiceAccount } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newTestCLI, type TestCLI } from '../testing/index.ts'

let server: TestServer
let cli: TestCLI

beforeAll(async () => {
  server = await startTestServer()
  cli = newTestCLI(server.url)
  const { client } = server
  await client.create(Namespace, { metadata: { name: 'other' } })
  await client.create(ServiceAccount, { metadata: { name: 'default', namespace: 'default' } })
  const labels = { app: 'web' }
  const containers = [{ name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] }]
  await client.create(Deployment, {
    metadata: { name: 'web', namespace: 'default', labels },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  })
  await client.create(Pod, { metadata: { name: 'web-0', namespace: 'default', labels }, spec: { containers } })
  await client.create(ConfigMap, { metadata: { name: 'settings', namespace: 'default' }, data: { a: '1' } })
  await client.create(ConfigMap, { metadata: { name: 'settings', namespace: 'other' }, data: { a: '1', b: '2' } })
})

afterAll(() => server.close())

describe('get', () => {
  it("prints the server's table", async () => {
    const { code, stdout } = await cli.run('get deploy')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^NAME {3}READY {3}UP-TO-DATE {3}AVAILABLE {3}AGE\nweb {4}0\/2 {5}0 {12}0 {11}\d+s\n$/)
  })

  it.each([
    { args: 'get cm settings -o name', want: 'configmap/settings\n' },
    { args: 'get deploy,cm -o name', want: 'deployment.apps/web\nconfigmap/settings\n' },
    { args: 'get cm -A -o name', want: 'configmap/settings\nconfigmap/settings\n' },
    { args: 'get cm settings -n other -o jsonpath={.data.b}', want: '2' },
    {
      args: 'get pods -o custom-columns=NAME:.metadata.name,IMAGE:.spec.containers[*].image',
      want: 'NAME    IMAGE\nweb-0   web:1\n',
    },
    { args: 'get pod web-0 -o go-template={{.metadata.name}}', want: 'web-0' },
    { args: 'get pods -l app=web --no-headers -o custom-columns=N:.metadata.name', want: 'web-0\n' },
    { args: 'get deployments.v1.apps/web -o jsonpath={.spec.replicas}', want: '2' },
    { args: 'get pods nope --ignore-not-found', want: '' },
  ])('$args', async ({ args, want }) => {
    expect(await cli.run(args)).toEqual({ code: 0, stdout: want, stderr: '' })
  })

  it('names kinds when there are several, with a blank line between', async () => {
    const { stdout } = await cli.run('get pods,deploy')
    expect(stdout).toMatch(/^NAME.*\npod\/web-0 .*\n\nNAME.*\ndeployment\.apps\/web .*\n$/)
  })

  it('lists in JSON as a List with sorted members', async () => {
    const { stdout } = await cli.run('get cm -o json')
    expect(Object.keys(JSON.parse(stdout))).toEqual(['apiVersion', 'items', 'kind', 'metadata'])
    expect(stdout).toMatch(/^\{\n {4}"apiVersion": "v1",\n {4}"items": \[\n {8}\{\n/)
  })

  it('says on standard error that there is nothing', async () => {
    expect(await cli.run('get secrets')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No resources found in default namespace.\n',
    })
    expect(await cli.run('get secrets -A')).toMatchObject({ stderr: 'No resources found\n' })
  })

  it.each([
    { args: 'get pods nope', stderr: 'Error from server (NotFound): pods "nope" not found\n' },
    { args: 'get nope', stderr: 'error: the server doesn\'t have a resource type "nope"\n' },
    { args: 'get pods --nope', stderr: "error: unknown flag: --nope\nSee 'wherry get --help' for usage.\n" },
    { args: 'get pods web-0 -l a=b', stderr: 'error: name cannot be provided when a selector is specified\n' },
    { args: 'get pods -A web-0', stderr: 'error: a resource cannot be retrieved by name across all namespaces\n' },
    { args: 'get pods/web-0/x', stderr: 'error: arguments in resource/name form may not have more than one slash\n' },
    { args: 'get -f nope.yaml', stderr: 'error: the path "nope.yaml" does not exist\n' },
    {
      args: 'get pods -o jsonpath={.items[5]}',
      stderr:
        /^error: error executing jsonpath "\{\.items\[5\]\}": Error executing template: array index out of bounds: index 5, length 1\./,
    },
    {
      args: 'get pods -o nope',
      stderr:
        /^error: unable to match a printer suitable for the output format "nope", allowed formats are: custom-columns,/,
    },
    { args: 'gett', stderr: 'error: unknown command "gett" for "wherry"\n\nDid you mean this?\n\tset\n\tget\n' },
  ])('refuses $args', async ({ args, stderr }) => {
    const outcome = await cli.run(args)
    expect(outcome).toMatchObject({ code: 1, stdout: '' })
    if (typeof stderr === 'string') expect(outcome.stderr).toBe(stderr)
    else expect(outcome.stderr).toMatch(stderr)
  })

  it('prints what it found before it says what is missing', async () => {
    const outcome = await cli.run('get cm settings nope --no-headers')
    expect(outcome.stdout).toMatch(/^settings /)
    expect(outcome).toMatchObject({ code: 1, stderr: 'Error from server (NotFound): configmaps "nope" not found\n' })
  })

  it('shows changes as they come, lined up with the list', async () => {
    const controller = new AbortController()
    let seen = ''
    const running = cli.run('get cm -n other -w', {
      signal: controller.signal,
      onOutput(text) {
        seen += text
        if (seen.split('\n').length === 3)
          void server.client.create(ConfigMap, { metadata: { name: 'late', namespace: 'other' } })
        if (seen.includes('late')) controller.abort()
      },
    })
    const { code, stdout } = await running
    expect(code).toBe(130)
    expect(stdout).toMatch(/^NAME +DATA +AGE\nsettings {3}2 {6}\w+\nlate {7}0 {6}\w+\n$/)
  })
})

describe('describe', () => {
  it('lays out a pod', async () => {
    const { stdout } = await cli.run('describe pod web-0')
    expect(stdout).toContain('Name:             web-0\nNamespace:        default\n')
    expect(stdout).toContain(
      'Containers:\n  web:\n    Image:        web:1\n    Port:         80/TCP\n    Host Port:    0/TCP\n',
    )
    expect(stdout).toMatch(/Events: +<none>\n$/)
  })

  it('takes the beginning of a name', async () => {
    const { stdout } = await cli.run('describe pod web-')
    expect(stdout).toMatch(/^Name: +web-0\n/)
  })

  it('shows a config map with its data', async () => {
    const { stdout } = await cli.run('describe cm settings')
    expect(stdout).toContain('\nData\n====\na:\n----\n1\n\n')
  })

  it('knows every kind, if only member by member', async () => {
    const { code, stdout } = await cli.run('describe lease -A')
    expect(code).toBe(0)
    expect(stdout === '' || stdout.includes('API Version:')).toBe(true)
    const rest = await cli.run('describe servicecidr')
    expect(rest.stdout).toMatch(/^Name: +kubernetes\n/)
  })
})

describe('what the server can do', () => {
  it('is listed by kind', async () => {
    const { stdout } = await cli.run('api-resources --api-group=apps')
    expect(stdout).toMatch(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n/)
    expect(stdout).toMatch(/\ndeployments +deploy +apps\/v1 +true +Deployment\n/)
  })

  it('is listed by version', async () => {
    const { stdout } = await cli.run('api-versions')
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['apps/v1', 'v1']))
  })

  it('is explained, with a field and its type', async () => {
    const { stdout } = await cli.run('explain deployment.spec.replicas')
    expect(stdout).toMatch(/^GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n\nFIELD: replicas <integer>\n/)
    const missing = await cli.run('explain deployment.spec.nope')
    expect(missing).toMatchObject({ code: 1, stderr: 'error: field "nope" does not exist\n' })
  })

  it('has a version', async () => {
    const { stdout } = await cli.run('version')
    expect(stdout).toMatch(/^Client Version: v1\.36\..*\nServer Version: v1\.36\..*\n$/)
  })

  it('is asked about permissions', async () => {
    expect(await cli.run('auth can-i get pods')).toEqual({ code: 0, stdout: 'yes\n', stderr: '' })
    const { stdout } = await cli.run('auth whoami')
    expect(stdout).toMatch(/^ATTRIBUTE +VALUE\nUsername +kubernetes-admin\n/)
  })
})

describe('help', () => {
  it('groups commands', async () => {
    const { code, stdout } = await cli.run('--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nBasic Commands \(Beginner\):\n {2}create +/)
    expect(stdout).toMatch(/\nLocal Cluster Commands:\n {2}up +/)
  })

  it("shows a verb's examples, flags and usage", async () => {
    const { stdout } = await cli.run('get -h')
    expect(stdout).toMatch(/\nExamples:\n {2}# All pods/)
    expect(stdout).toMatch(/\n {4}-A, --all-namespaces=false:\n\t/)
    expect(stdout).toMatch(/\nUsage:\n {2}wherry get /)
  })

  it('of a group without subcommand is a failure', async () => {
    const { code, stdout, stderr } = await cli.run('create secret')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Available Commands:\n  docker-registry')
  })
})

describe('completion', () => {
  const complete = async (...words: string[]) =>
    (await newTestCLI('').run(['--get-yargs-completions', 'wherry', '--server', server.url, ...words])).stdout
      .split('\n')
      .filter((word) => word !== '')

  it.each([
    { words: ['rollo'], want: ['rollout'] },
    { words: ['rollout', 're'], want: ['restart', 'resume'] },
    { words: ['get', 'deployments'], want: ['deployments'] },
    { words: ['get', 'pods', ''], want: ['web-0'] },
    { words: ['get', 'pod/w'], want: ['pod/web-0'] },
    { words: ['logs', 'we'], want: ['web-0'] },
    { words: ['get', 'cm', '-n', 'o'], want: ['other'] },
    { words: ['get', 'pods', '--show-l'], want: ['--show-labels'] },
    { words: ['delete', 'cm', '--cascade=o'], want: ['--cascade=orphan'] },
  ])('of $words', async ({ words, want }) => {
    expect(await complete(...words)).toEqual(want)
  })

  it.each(['bash', 'zsh', 'fish'])('has code for %s', async (shell) => {
    const { code, stdout } = await cli.run(`completion ${shell}`)
    expect(code).toBe(0)
    expect(stdout).toContain('--get-yargs-completions')
  })
})
