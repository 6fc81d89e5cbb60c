import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'
import { root } from '../harness/tools.ts'

const configMap = (name: string, value: string) => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, labels: {part: of}}
data: {a: "${value}"}
`
const documents = (...maps: string[]) => maps.join('---')

describeWithKubectl(
  'forms of apply',
  (k) => {
    it('server-side apply owns what it applies, and tells conflicts', async () => {
      const input = configMap('owned', '1')
      expect(await k().ok('apply --server-side -f -', { input })).toBe('configmap/owned serverside-applied\n')
      const other = { input: configMap('owned', '2') }
      const refused = await k().fails('apply --server-side --field-manager=other -f -', other)
      expect(refused).toContain('Apply failed with 1 conflict: conflict with "kubectl": .data.a')
      expect(refused).toContain('If you intend to manage all of these fields, please re-run the apply')
      await k().ok('apply --server-side --field-manager=other --force-conflicts -f -', other)
      expect(await k().field('configmap/owned', '{.data.a}')).toBe('2')
      const shown = await k().ok('get configmap owned -o yaml --show-managed-fields')
      expect(shown).toContain('manager: other\n    operation: Apply')
      expect(await k().ok('get configmap owned -o yaml')).not.toContain('managedFields')
    })

    it('server-side apply takes over from client-side apply', async () => {
      await k().ok('apply -f -', { input: configMap('moved', '1').replace('{a: "1"}', '{a: "1", b: "1"}') })
      await k().ok('apply --server-side -f -', { input: configMap('moved', '1') })
      expect(await k().field('configmap/moved', '{.data}')).toBe('{"a":"1"}')
      const managers = await k().ok(
        'get configmap moved --show-managed-fields -o jsonpath={.metadata.managedFields[*].manager}',
      )
      expect(managers.split(' ').sort()).toEqual(['kubectl', 'kubectl-last-applied'])
    })

    it('diff --server-side shows what an apply would change', async () => {
      const same = await k().run('diff --server-side -f -', { input: configMap('moved', '1') })
      expect([same.code, same.stdout]).toEqual([0, ''])
      const { code, stdout } = await k().run('diff --server-side -f -', { input: configMap('moved', '9') })
      expect([code, stdout]).toEqual([1, expect.stringMatching(/-\s+a: "1"\n\+\s+a: "9"/)])
    })

    it('apply --prune removes what is no longer there', async () => {
      const all = documents(configMap('kept', '1'), configMap('pruned', '1')).replaceAll('part: of', 'prune: "yes"')
      await k().ok('apply -f -', { input: all })
      const input = configMap('kept', '1').replace('part: of', 'prune: "yes"')
      const out = await k().ok('apply -f - --prune -l prune=yes --prune-allowlist=core/v1/ConfigMap', { input })
      expect(out).toBe('configmap/kept unchanged\nconfigmap/pruned pruned\n')
    })

    it('an apply set prunes what left it', async () => {
      const env = { KUBECTL_APPLYSET: 'true' }
      const apply = (input: string) => k().ok('apply --server-side --prune --applyset=set -f -', { input, env })
      await apply(documents(configMap('set-1', '1'), configMap('set-2', '1')))
      expect(await apply(configMap('set-1', '1'))).toContain('configmap/set-2 pruned')
      expect(
        await k().field('secret/set', '{.metadata.annotations.applyset\\.kubernetes\\.io/contains-group-kinds}'),
      ).toBe('ConfigMap')
    })

    it('the last applied configuration is shown, set and edited', async () => {
      await k().ok('apply -f -', { input: configMap('last', 'one') })
      expect(await k().ok('apply view-last-applied configmap/last')).toContain('a: one')
      await k().ok('create configmap made --from-literal=a=two')
      await k().ok('apply set-last-applied --create-annotation=true -f -', { input: configMap('made', 'two') })
      expect(await k().ok('apply view-last-applied configmap/made')).toContain('a: two')
      const editor = `${process.execPath} ${join(root, 'e2e/testdata/editor.mjs')} "a: two" "a: three"`
      await k().ok('apply edit-last-applied configmap/made', { env: { KUBE_EDITOR: editor } })
      expect(await k().ok('apply view-last-applied configmap/made')).toContain('a: three')
    })

    it('replace needs an object that is there, and --force makes a new one', async () => {
      expect(await k().fails('replace -f -', { input: configMap('new', '1') })).toContain('configmaps "new" not found')
      await k().ok('create -f -', { input: configMap('new', '1') })
      const before = await k().field('configmap/new', '{.metadata.uid}')
      expect(await k().ok('replace -f -', { input: configMap('new', '2') })).toBe('configmap/new replaced\n')
      expect(await k().field('configmap/new', '{.metadata.uid}')).toBe(before)
      await k().ok('replace --force -f -', { input: configMap('new', '3') })
      expect(await k().field('configmap/new', '{.metadata.uid}')).not.toBe(before)
    })

    it('a kustomization is built, applied and deleted', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wherry-kustomize-'))
      onTestFinished(() => rm(folder, { recursive: true }))
      await mkdir(join(folder, 'base'))
      await writeFile(join(folder, 'base/map.yaml'), configMap('based', '1'))
      await writeFile(join(folder, 'base/kustomization.yaml'), 'resources: [map.yaml]\n')
      const generator = 'configMapGenerator: [{name: made, literals: [x=y]}]\n'
      await writeFile(join(folder, 'kustomization.yaml'), `namePrefix: pre-\nresources: [base]\n${generator}`)
      expect(await k().ok(['kustomize', folder])).toContain('name: pre-based')
      expect(await k().ok(['apply', '-k', folder])).toMatch(
        /configmap\/pre-based created\nconfigmap\/pre-made-\w+ created/,
      )
      expect((await k().ok(['delete', '-k', folder])).match(/deleted/g)).toHaveLength(2)
    })

    it('a dry run on the server is refused like the real thing, and stores nothing', async () => {
      expect(await k().ok('apply --dry-run=server -f -', { input: configMap('dry', '1') })).toBe(
        'configmap/dry created (server dry run)\n',
      )
      expect(await k().fails('get configmap dry')).toContain('not found')
      const bad = configMap('Dry_', '1')
      expect(await k().fails('create --dry-run=server -f -', { input: bad })).toContain(
        'metadata.name: Invalid value: "Dry_"',
      )
    })
  },
  ['kubectl 1.36', 'kubectl 1.34'],
)
