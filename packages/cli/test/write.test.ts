import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { ConfigMap, Deployment, Node, Pod, ReplicaSet, ServiceAccount } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newTestCLI, type TestCLI } from '../testing/index.ts'

let server: TestServer
let cli: TestCLI
let folder: string

beforeAll(async () => {
  server = await startTestServer()
  cli = newTestCLI(server.url)
  folder = await mkdtemp(join(tmpdir(), 'wherry-cli-'))
  await server.client.create(ServiceAccount, { metadata: { name: 'default', namespace: 'default' } })
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

const done = (stdout: string) => ({ code: 0, stdout, stderr: '' })
const data = async (name: string) => (await server.client.get(ConfigMap, { namespace: 'default', name })).data

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

describe('create', () => {
  it('makes objects from generators', async () => {
    expect(await cli.run('create deployment web --image=web:1 --replicas=2')).toEqual(
      done('deployment.apps/web created\n'),
    )
    expect(await cli.run('create configmap settings --from-literal=a=1')).toEqual(done('configmap/settings created\n'))
    expect(await cli.run('create service clusterip web --tcp=80:http -o name')).toEqual(done('service/web\n'))
    expect(await data('settings')).toEqual({ a: '1' })
  })

  it('shows what it would make, members in their usual order', async () => {
    const { stdout } = await cli.run('create namespace x --dry-run=client -o json')
    expect(Object.keys(JSON.parse(stdout))).toEqual(['kind', 'apiVersion', 'metadata', 'spec', 'status'])
    const yaml = await cli.run(
      'create role reader --verb=get,list --resource=pods,deployments.apps --dry-run=client -o yaml',
    )
    expect(yaml.stdout).toContain(
      'rules:\n- apiGroups:\n  - ""\n  resources:\n  - pods\n  verbs:\n  - get\n  - list\n- apiGroups:\n  - apps\n',
    )
  })

  it.each([
    {
      args: 'create deployment web --image=x',
      stderr: 'error: failed to create deployment: deployments.apps "web" already exists\n',
    },
    { args: 'create ns default', stderr: 'Error from server (AlreadyExists): namespaces "default" already exists\n' },
    { args: 'create deployment web', stderr: 'error: required flag(s) "image" not set\n' },
    {
      args: 'create cm',
      stderr: "error: exactly one NAME is required, got 0\nSee 'wherry create configmap -h' for help and examples\n",
    },
    { args: 'create', stderr: 'error: must specify one of -f and -k\n' },
    { args: 'create foo', stderr: "error: Unexpected args: [foo]\nSee 'wherry create -h' for help and examples\n" },
  ])('refuses $args', async ({ args, stderr }) => {
    expect(await cli.run(args)).toEqual({ code: 1, stdout: '', stderr })
  })

  it('says which file an object came from that is refused', async () => {
    const path = await file('taken.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n')
    expect(await cli.run(`create -f ${path}`)).toMatchObject({
      code: 1,
      stderr: `Error from server (AlreadyExists): error when creating "${path}": configmaps "settings" already exists\n`,
    })
  })

  it('reads standard input, several documents and lists', async () => {
    const stdin = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: one}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: two}
`
    expect(await cli.run('create -f -', { stdin })).toEqual(done('configmap/one created\nconfigmap/two created\n'))
  })

  it('lists the causes of a refusal', async () => {
    const stdin = 'apiVersion: v1\nkind: Pod\nmetadata: {name: "A_b"}\nspec: {containers: []}\n'
    const { stderr } = await cli.run('create -f -', { stdin })
    expect(stderr).toMatch(
      /^The Pod "A_b" is invalid: \n\* metadata\.name: Invalid value: "A_b": .*\n\* spec\.containers: Required value\n$/,
    )
  })
})

describe('apply', () => {
  const manifest = (size: string, extra = '') => `apiVersion: v1
kind: ConfigMap
metadata: {name: applied}
data:
  size: "${size}"
${extra}`

  it('creates, leaves alone, changes and takes out', async () => {
    expect(await cli.run('apply -f -', { stdin: manifest('1', '  old: x\n') })).toEqual(
      done('configmap/applied created\n'),
    )
    expect(await cli.run('apply -f -', { stdin: manifest('1', '  old: x\n') })).toEqual(
      done('configmap/applied unchanged\n'),
    )
    await server.client.patch(
      ConfigMap,
      { namespace: 'default', name: 'applied' },
      { data: { other: 'y' } },
      { type: 'merge' },
    )
    expect(await cli.run('apply -f -', { stdin: manifest('2') })).toEqual(done('configmap/applied configured\n'))
    expect(await data('applied')).toEqual({ size: '2', other: 'y' })
  })

  it('merges lists by their keys', async () => {
    const deployment = (image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: merged}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers: [{name: one, image: "${image}"}]
`
    await cli.run('apply -f -', { stdin: deployment('one:1') })
    await cli.run([
      'patch',
      'deployment',
      'merged',
      '-p',
      '{"spec":{"template":{"spec":{"containers":[{"name":"two","image":"two:1"}]}}}}',
    ])
    expect(await cli.run('apply -f -', { stdin: deployment('one:2') })).toEqual(
      done('deployment.apps/merged configured\n'),
    )
    const { spec } = await server.client.get(Deployment, { namespace: 'default', name: 'merged' })
    expect(spec?.template.spec?.containers.map(({ image }) => image)).toEqual(['two:1', 'one:2'])
  })

  it('does not write in a dry run', async () => {
    expect(await cli.run('apply -f - --dry-run=client', { stdin: manifest('9') })).toEqual(
      done('configmap/applied configured (dry run)\n'),
    )
    expect(await cli.run('apply -f - --dry-run=server', { stdin: manifest('9') })).toEqual(
      done('configmap/applied configured (server dry run)\n'),
    )
    expect(await data('applied')).toEqual({ size: '2', other: 'y' })
  })

  it('warns of an object that it did not make', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: "2"}\n'
    const { stdout, stderr } = await cli.run('apply -f -', { stdin })
    expect(stdout).toBe('configmap/settings configured\n')
    expect(stderr).toMatch(
      /^Warning: resource configmaps\/settings is missing the kubectl\.kubernetes\.io\/last-applied-configuration annotation/,
    )
  })

  it('refuses what is no object', async () => {
    const outcome = await cli.run('apply -f -', { stdin: 'a: b\n' })
    expect(outcome.stderr).toBe(
      'error: error validating "STDIN": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false\n',
    )
    const unknown = await cli.run('apply -f -', { stdin: 'apiVersion: x/v1\nkind: Foo\nmetadata: {name: a}\n' })
    expect(unknown.stderr).toBe(
      'error: resource mapping not found for name: "a" namespace: "" from "STDIN": no matches for kind "Foo" in version "x/v1"\nensure CRDs are installed first\n',
    )
  })

  it('shows what it applied last, and what it would change', async () => {
    const { stdout } = await cli.run('apply view-last-applied cm/applied')
    expect(stdout).toContain('data:\n  size: "2"\n')
    const diff = await cli.run('diff -f -', { stdin: manifest('3') })
    expect(diff.code).toBe(1)
    expect(diff.stdout).toContain('-  size: "2"\n+  size: "3"\n')
    expect(await cli.run('diff -f -', { stdin: manifest('2') })).toEqual(done(''))
  })
})

describe('changes to objects', () => {
  it.each([
    { args: 'label cm settings a=b', want: 'configmap/settings labeled\n' },
    { args: 'label cm settings a=b', want: 'configmap/settings not labeled\n' },
    { args: 'label cm settings a-', want: 'configmap/settings unlabeled\n' },
    { args: 'annotate cm settings note=x', want: 'configmap/settings annotated\n' },
    { args: 'scale deployment web --replicas=3', want: 'deployment.apps/web scaled\n' },
    { args: 'patch deployment web -p spec:{replicas:4}', code: 1 },
    { args: 'patch deployment web --type=merge -p {"spec":{"replicas":4}}', want: 'deployment.apps/web patched\n' },
    {
      args: 'patch deployment web --type=merge -p {"spec":{"replicas":4}}',
      want: 'deployment.apps/web patched (no change)\n',
    },
    { args: 'set image deployment/web web=web:2', want: 'deployment.apps/web image updated\n' },
    { args: 'set image deployment/web web=web:2', want: '' },
    { args: 'set env deployment/web A=b', want: 'deployment.apps/web env updated\n' },
    {
      args: 'set resources deployment/web --limits=cpu=1',
      want: 'deployment.apps/web resource requirements updated\n',
    },
    { args: 'rollout pause deployment/web', want: 'deployment.apps/web paused\n' },
    { args: 'rollout resume deployment/web', want: 'deployment.apps/web resumed\n' },
    { args: 'rollout restart deployment/web', want: 'deployment.apps/web restarted\n' },
    { args: 'expose deployment web --port=80 --name=exposed', want: 'service/exposed exposed\n' },
    { args: 'autoscale deployment web --max=3', want: 'horizontalpodautoscaler.autoscaling/web autoscaled\n' },
  ])('$args', async ({ args, want, code = 0 }) => {
    const outcome = await cli.run(args)
    expect(outcome.code).toBe(code)
    if (want !== undefined) expect(outcome.stdout).toBe(want)
  })

  it('do not overwrite a label unless told', async () => {
    await cli.run('label cm settings tier=a')
    expect(await cli.run('label cm settings tier=b')).toMatchObject({
      code: 1,
      stderr: "error: 'tier' already has a value (a), and --overwrite is false\n",
    })
    expect(await cli.run('label cm settings tier=b --overwrite')).toMatchObject({
      stdout: 'configmap/settings labeled\n',
    })
  })

  it('replace a whole object', async () => {
    const stdin = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {z: "1"}\n'
    expect(await cli.run('replace -f -', { stdin })).toEqual(done('configmap/one replaced\n'))
    expect(await data('one')).toEqual({ z: '1' })
  })

  it('can be made in an editor, again where the server refuses', async () => {
    const editor = await file(
      'editor.sh',
      '#!/bin/sh\nif grep -q "was not valid" "$1"; then sed -i "s/replicas: -1/replicas: 5/" "$1"; else sed -i "s/replicas: 4/replicas: -1/" "$1"; fi\n',
    )
    const env = { KUBE_EDITOR: `sh ${editor}` }
    const outcome = await cli.run('edit deployment web', { env })
    expect(outcome).toEqual({
      code: 0,
      stdout: 'deployment.apps/web edited\n',
      stderr: 'error: deployments.apps "web" is invalid\n',
    })
    expect(await cli.run('edit deployment web', { env: { KUBE_EDITOR: 'true' } })).toMatchObject({
      stderr: 'Edit cancelled, no changes made.\n',
    })
  })
})

describe('rollouts', () => {
  it('have a history, and go back in it', async () => {
    const { client } = server
    const web = await client.get(Deployment, { namespace: 'default', name: 'web' })
    for (const [number, image] of [
      [1, 'web:1'],
      [2, 'web:2'],
    ] as const) {
      const labels = { app: 'web', 'pod-template-hash': String(number) }
      await client.create(ReplicaSet, {
        metadata: {
          name: `web-${number}`,
          namespace: 'default',
          labels,
          annotations: { 'deployment.kubernetes.io/revision': String(number) },
          ownerReferences: [
            { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: web.metadata.uid ?? '', controller: true },
          ],
        },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'web', image }] } },
        },
      })
    }
    expect(await cli.run('rollout history deployment/web')).toEqual(
      done('deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n'),
    )
    const { stdout } = await cli.run('rollout history deployment/web --revision=1')
    expect(stdout).toMatch(/^deployment\.apps\/web with revision #1\nPod Template:\n {2}Labels:\tapp=web\n|Image:/)
    expect(await cli.run('rollout undo deployment/web --to-revision=1')).toMatchObject({
      code: 0,
      stdout: 'deployment.apps/web rolled back\n',
    })
    const after = await client.get(Deployment, { namespace: 'default', name: 'web' })
    expect(after.spec?.template.spec?.containers[0]?.image).toBe('web:1')
    expect(after.spec?.template.metadata?.labels).toEqual({ app: 'web' })
    expect(await cli.run('rollout undo deployment/web --to-revision=9')).toMatchObject({
      code: 1,
      stderr: 'error: unable to find specified revision 9 in history\n',
    })
  })

  it('are followed to their end', async () => {
    const { client } = server
    const key = { namespace: 'default', name: 'web' }
    const report = async (counts: { updatedReplicas: number; availableReplicas: number }) => {
      const live = await client.get(Deployment, key)
      const status = {
        observedGeneration: live.metadata.generation,
        replicas: 5,
        readyReplicas: counts.availableReplicas,
        ...counts,
      }
      await client.update(Deployment, { ...live, status }, { subresource: 'status' })
    }
    await report({ updatedReplicas: 1, availableReplicas: 0 })
    let seen = ''
    const outcome = await cli.run('rollout status deployment/web', {
      onOutput(text) {
        seen += text
        if (seen.split('\n').length === 2) void report({ updatedReplicas: 5, availableReplicas: 5 })
      },
    })
    expect(outcome).toEqual(
      done(
        'Waiting for deployment "web" rollout to finish: 1 out of 5 new replicas have been updated...\ndeployment "web" successfully rolled out\n',
      ),
    )
  })
})

describe('nodes', () => {
  it('are cordoned, tainted and drained', async () => {
    const { client } = server
    await client.create(Node, { metadata: { name: 'one' } })
    expect(await cli.run('cordon one')).toEqual(done('node/one cordoned\n'))
    expect(await cli.run('cordon one')).toEqual(done('node/one already cordoned\n'))
    expect(await cli.run('taint node one a=b:NoSchedule')).toEqual(done('node/one tainted\n'))
    const containers = [{ name: 'a', image: 'b' }]
    await client.create(Pod, {
      metadata: { name: 'lone', namespace: 'default' },
      spec: { nodeName: 'one', containers },
    })
    const refused = await cli.run('drain one')
    expect(refused).toEqual({
      code: 1,
      stdout: 'node/one already cordoned\n',
      stderr:
        'error: unable to drain node "one" due to error: cannot delete Pods that declare no controller (use --force to override): default/lone, continuing command...\nThere are pending nodes to be drained:\n one\ncannot delete Pods that declare no controller (use --force to override): default/lone\n',
    })
    expect(await cli.run('drain one --force --grace-period=0')).toMatchObject({
      code: 0,
      stdout: 'node/one already cordoned\nevicting pod default/lone\npod/lone evicted\nnode/one drained\n',
    })
    expect(await cli.run('uncordon one')).toEqual(done('node/one uncordoned\n'))
  })
})

describe('wait', () => {
  it('ends when a field has the value', async () => {
    const waiting = cli.run('wait cm/settings --for=jsonpath={.data.ready}=yes --timeout=20s')
    await server.client.patch(
      ConfigMap,
      { namespace: 'default', name: 'settings' },
      { data: { ready: 'yes' } },
      { type: 'merge' },
    )
    expect(await waiting).toEqual(done('configmap/settings condition met\n'))
  })

  it('fails when time is over, or nothing is there', async () => {
    expect(await cli.run('wait cm/settings --for=jsonpath={.data.never} --timeout=1ms')).toMatchObject({
      code: 1,
      stderr: 'error: timed out waiting for the condition on configmaps/settings\n',
    })
    expect(await cli.run('wait cm -l a=zzz --for=condition=Ready')).toMatchObject({
      code: 1,
      stderr: 'error: no matching resources found\n',
    })
  })
})

describe('delete', () => {
  it.each([
    { args: 'delete cm two', want: 'configmap "two" deleted from default namespace\n' },
    {
      args: 'delete svc/exposed deploy/merged --wait=false',
      want: 'service "exposed" deleted from default namespace\ndeployment.apps "merged" deleted from default namespace\n',
    },
    { args: 'delete cm -l a=zzz', want: 'No resources found\n' },
    { args: 'delete cm nope --ignore-not-found', want: '' },
    { args: 'delete cm one -o name', want: 'configmap/one\n' },
    {
      args: 'delete cm settings --dry-run=client',
      want: 'configmap "settings" deleted from default namespace (dry run)\n',
    },
    { args: 'delete node one', want: 'node "one" deleted\n' },
  ])('$args', async ({ args, want }) => {
    expect(await cli.run(args)).toEqual(done(want))
  })

  it('waits until finalizers are done', async () => {
    const { client } = server
    await client.create(ConfigMap, {
      metadata: { name: 'held', namespace: 'default', finalizers: ['example.com/hold'] },
    })
    const outcome = await cli.run('delete cm held', {
      onOutput: () =>
        void client.patch(
          ConfigMap,
          { namespace: 'default', name: 'held' },
          { metadata: { finalizers: null } },
          { type: 'merge' },
        ),
    })
    expect(outcome).toEqual(done('configmap "held" deleted from default namespace\n'))
    await expect(client.get(ConfigMap, { namespace: 'default', name: 'held' })).rejects.toThrow('not found')
  })

  it('warns when it does not wait for the end', async () => {
    const containers = [{ name: 'a', image: 'b' }]
    await server.client.create(Pod, { metadata: { name: 'p', namespace: 'default' }, spec: { containers } })
    const { stdout, stderr } = await cli.run('delete pod p --grace-period=0 --force')
    expect(stdout).toBe('pod "p" force deleted from default namespace\n')
    expect(stderr).toMatch(/^Warning: Immediate deletion does not wait for confirmation/)
  })

  it('names nothing without an argument', async () => {
    const { code, stderr } = await cli.run('delete')
    expect(code).toBe(1)
    expect(stderr).toMatch(/^error: You must provide one or more resources by argument or filename\./)
  })
})
