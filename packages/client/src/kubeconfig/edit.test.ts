import { describe, expect, it } from 'vitest'
import { decodeKubeconfig } from './decode.ts'
import { mergeKubeconfig, removeFromKubeconfig } from './edit.ts'

const entries = {
  cluster: { name: 'wherry', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': 'Q0E=' } },
  user: { name: 'wherry', user: { 'client-certificate-data': 'QQ==', 'client-key-data': 'Qg==' } },
  context: { name: 'wherry', context: { cluster: 'wherry', user: 'wherry' } },
}
const names = { cluster: 'wherry', user: 'wherry', context: 'wherry' }

const existing = `# my clusters
apiVersion: v1
clusters:
- cluster:
    server: https://work   # do not touch
  name: work
# the contexts
contexts:
- context:
    cluster: work
    user: me
  name: work
current-context: work
kind: Config
preferences: {}
users:
- name: me
  user:
    token: secret
`

describe('merging a context into a kubeconfig', () => {
  it('makes a kubeconfig out of nothing', () => {
    const config = decodeKubeconfig(mergeKubeconfig('', { ...entries, currentContext: 'wherry' }))
    expect(config.clusters).toEqual([entries.cluster])
    expect(config.users).toEqual([entries.user])
    expect(config.contexts).toEqual([entries.context])
    expect(config['current-context']).toBe('wherry')
  })

  it('leaves every other line as it is', () => {
    const merged = mergeKubeconfig(existing, { ...entries, currentContext: 'wherry' })
    const left = new Set(merged.split('\n'))
    expect(existing.split('\n').filter((line) => !left.has(line))).toEqual(['current-context: work'])
    expect(decodeKubeconfig(merged).clusters.map(({ name }) => name)).toEqual(['work', 'wherry'])
    expect(decodeKubeconfig(merged)['current-context']).toBe('wherry')
  })

  it('leaves the current context alone unless it is told', () => {
    expect(decodeKubeconfig(mergeKubeconfig(existing, entries))['current-context']).toBe('work')
  })

  it('replaces entries of the same names', () => {
    const before = mergeKubeconfig(existing, entries)
    const moved = { ...entries, cluster: { name: 'wherry', cluster: { server: 'https://127.0.0.1:7000' } } }
    const config = decodeKubeconfig(mergeKubeconfig(before, moved))
    expect(config.clusters).toHaveLength(2)
    expect(config.clusters[1]).toEqual(moved.cluster)
  })

  it('changes nothing the second time', () => {
    const once = mergeKubeconfig(existing, entries)
    expect(mergeKubeconfig(once, entries)).toBe(once)
  })

  it.each([
    {
      form: 'JSON',
      text: JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters: [{ name: 'work', cluster: {} }] }),
    },
    {
      form: 'flow style',
      text: 'apiVersion: v1\nkind: Config\nclusters: [{name: work, cluster: {server: https://work}}]\n',
    },
    {
      form: 'indented lists',
      text: existing
        .replace(/^- /gm, '  - ')
        .replace(/^ {2}(?=\w)/gm, '    ')
        .replace(/^ {4}(?=\w+:.*(work|me|secret))/gm, '      '),
    },
    { form: 'empty lists', text: 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: null\nusers:\n' },
    { form: 'no type', text: 'clusters:\n- name: work\n  cluster: {server: https://work}\n' },
  ])('is done to a file in $form', ({ text }) => {
    const config = decodeKubeconfig(mergeKubeconfig(text, entries))
    expect(config.clusters.at(-1)).toEqual(entries.cluster)
    expect(config.users.at(-1)).toEqual(entries.user)
    expect(config.clusters.length).toBe(decodeKubeconfig(text).clusters.length + 1)
  })

  it('keeps members that Wherry knows nothing of', () => {
    const text = existing.replace('    token: secret', '    token: secret\n    future: {a: 1}')
    expect(mergeKubeconfig(text, entries)).toContain('future: {a: 1}')
    expect(mergeKubeconfig(`{"users": [{"name": "x", "user": {"future": 1}}]}`, entries)).toContain('future: 1')
  })

  it('refuses a text that is no kubeconfig', () => {
    expect(() => mergeKubeconfig('- 1', entries)).toThrow('not a kubeconfig')
  })
})

describe('taking a context out', () => {
  it('undoes the merge', () => {
    expect(removeFromKubeconfig(mergeKubeconfig(existing, entries), names)).toBe(existing)
  })

  it('leaves no current context behind that is not there', () => {
    const merged = mergeKubeconfig(existing, { ...entries, currentContext: 'wherry' })
    expect(decodeKubeconfig(removeFromKubeconfig(merged, names))['current-context']).toBe('')
  })

  it('leaves empty lists when nothing else was there', () => {
    const config = decodeKubeconfig(removeFromKubeconfig(mergeKubeconfig('', entries), names))
    expect([config.clusters, config.contexts, config.users]).toEqual([[], [], []])
  })

  it('does nothing for names that are not there', () => {
    expect(removeFromKubeconfig(existing, names)).toBe(existing)
  })
})
