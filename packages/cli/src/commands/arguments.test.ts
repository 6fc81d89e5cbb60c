import { describe, expect, it } from 'vitest'
import { parseFileSpec } from './cp.ts'
import { containerNames } from './create/container-names.ts'
import { parseEnvLines } from './create/data-sources.ts'
import { resourceList } from './create/simple.ts'
import { propagation } from './delete.ts'
import { resourcesAndPairs } from './label.ts'
import { historyText } from './rollout/history.ts'
import { selectNames } from './set/select-names.ts'
import { changeTaints, parseTaints } from './taint.ts'

describe('a place to copy from or to', () => {
  it.each([
    { arg: 'web-0:/etc/hosts', want: { pod: 'web-0', path: '/etc/hosts' } },
    { arg: 'ns/web-0:/tmp', want: { namespace: 'ns', pod: 'web-0', path: '/tmp' } },
    { arg: './a:b', want: { path: './a:b' } },
    { arg: '/abs:x', want: { path: '/abs:x' } },
    { arg: 'plain', want: { path: 'plain' } },
  ])('$arg', ({ arg, want }) => {
    expect(parseFileSpec(arg)).toEqual(want)
  })

  it('must have a pod before its colon', () => {
    expect(() => parseFileSpec(':x')).toThrow('filespec must match the canonical format: [[namespace/]pod:]file/path')
  })
})

describe('labels to set and to remove', () => {
  it('come after the resources', () => {
    expect(resourcesAndPairs(['pod', 'web', 'a=b', 'c=', 'd-'], 'label')).toEqual({
      resources: ['pod', 'web'],
      changes: { set: { a: 'b', c: '' }, remove: ['d'] },
    })
  })

  it.each([
    { args: ['pod', 'a=b', 'web'], want: 'all resources must be specified before label changes: web' },
    { args: ['pod', 'a=b', 'a-'], want: 'can not both modify and remove a label in the same command' },
  ])('refuse $args', ({ args, want }) => {
    expect(() => resourcesAndPairs(args, 'label')).toThrow(want)
  })
})

describe('taints', () => {
  const old = [
    { key: 'a', value: 'b', effect: 'NoSchedule' },
    { key: 'a', effect: 'NoExecute' },
  ]

  it.each([
    { specs: ['c=d:NoSchedule'], operation: 'tainted', keys: ['c', 'a', 'a'] },
    { specs: ['a-'], operation: 'untainted', keys: [] },
    { specs: ['a:NoExecute-'], operation: 'untainted', keys: ['a'] },
    { specs: ['c:NoSchedule', 'a-'], operation: 'modified', keys: ['c'] },
  ])('$specs', ({ specs, operation, keys }) => {
    const changed = changeTaints('one', old, parseTaints(specs), false)
    expect(changed.operation).toBe(operation)
    expect(changed.taints.map(({ key }) => key)).toEqual(keys)
  })

  it('are not overwritten unless told', () => {
    const changes = parseTaints(['a=z:NoSchedule'])
    expect(() => changeTaints('one', old, changes, false)).toThrow(
      'node one already has a taint(s) with same effect(s) and --overwrite is false',
    )
    expect(changeTaints('one', old, changes, true).taints[0]).toEqual({ key: 'a', value: 'z', effect: 'NoSchedule' })
  })

  it('that are not there cannot be removed', () => {
    expect(() => changeTaints('one', old, parseTaints(['x-']), false)).toThrow('taint "x" not found')
  })

  it('are refused without an effect that there is', () => {
    expect(() => parseTaints(['a=b:Never'])).toThrow('invalid taint effect: Never, unsupported taint effect')
    expect(() => parseTaints(['a:NoSchedule:x'])).toThrow('invalid taint spec: a:NoSchedule:x')
  })
})

describe('small readers', () => {
  it('name containers after images, each once', () => {
    expect(containerNames(['a/b:1', 'x/b@sha256:0', 'My_App'])).toEqual(['b', 'b-1', 'my-app'])
  })

  it('read lines of an env file', () => {
    const text = '\ufeffA=1\n# no\n\n  B=two words\nC\nD\r\n'
    expect(parseEnvLines(text, 'f', { C: 'from here' })).toEqual([
      ['A', '1'],
      ['B', 'two words'],
      ['C', 'from here'],
    ])
    expect(() => parseEnvLines('1A=x', 'f', {})).toThrow('"1A" is not a valid key name')
  })

  it('read resource lists in canonical amounts', () => {
    expect(resourceList('pods=2,cpu=1000m')).toEqual({ cpu: '1', pods: '2' })
    expect(() => resourceList('cpu')).toThrow('Invalid argument syntax cpu, expected <resource>=<value>')
  })

  it('know the ways to cascade', () => {
    expect(['background', 'foreground', 'orphan', 'true', 'false'].map(propagation)).toEqual([
      'Background',
      'Foreground',
      'Orphan',
      'Background',
      'Orphan',
    ])
    expect(() => propagation('x')).toThrow('invalid cascade value (x)')
  })

  it('select containers by name with wildcards', () => {
    const containers = [{ name: 'web' }, { name: 'web-log' }, { name: 'db' }]
    expect(selectNames(containers, 'web*')).toHaveLength(2)
    expect(selectNames(containers, '*')).toHaveLength(3)
    expect(selectNames(containers, 'we.')).toHaveLength(0)
  })

  it('show revisions in columns', () => {
    const keeper = { metadata: {} }
    const revisions = [
      { number: 1, cause: '', template: undefined, keeper },
      { number: 2, cause: 'why', template: undefined, keeper },
    ]
    expect(historyText(revisions)).toBe('REVISION  CHANGE-CAUSE\n1         <none>\n2         why\n')
    expect(historyText([])).toBe('No rollout history found.')
  })
})
