import { describe, expect, it } from 'vitest'
import { aNode, aPod } from '../testing/index.ts'
import { matchesNodeSelector, matchesPodNodeAffinity } from './node-affinity.ts'

const node = aNode({ name: 'n1', labels: { zone: 'a', size: '8' } })
const expression = (key: string, operator: string, values?: string[]) => ({
  key,
  operator,
  ...(values ? { values } : {}),
})

describe('matchesNodeSelector', () => {
  it.each([
    { requirement: expression('zone', 'In', ['a', 'b']), want: true },
    { requirement: expression('zone', 'In', ['b']), want: false },
    { requirement: expression('zone', 'In'), want: false },
    { requirement: expression('zone', 'NotIn', ['b']), want: true },
    { requirement: expression('missing', 'NotIn', ['b']), want: true },
    { requirement: expression('zone', 'Exists'), want: true },
    { requirement: expression('zone', 'DoesNotExist'), want: false },
    { requirement: expression('toString', 'Exists'), want: false },
    { requirement: expression('size', 'Gt', ['7']), want: true },
    { requirement: expression('size', 'Gt', ['8']), want: false },
    { requirement: expression('size', 'Lt', ['9']), want: true },
    { requirement: expression('zone', 'Lt', ['9']), want: false },
    { requirement: expression('zone', 'Near', ['a']), want: false },
  ])('$requirement.key $requirement.operator $requirement.values: $want', ({ requirement, want }) => {
    expect(matchesNodeSelector(node, { nodeSelectorTerms: [{ matchExpressions: [requirement] }] })).toBe(want)
  })

  it('selects by the node’s name', () => {
    const terms = (operator: string, values: string[]) => ({
      nodeSelectorTerms: [{ matchFields: [expression('metadata.name', operator, values)] }],
    })
    expect(matchesNodeSelector(node, terms('In', ['n1']))).toBe(true)
    expect(matchesNodeSelector(node, terms('NotIn', ['n1']))).toBe(false)
    expect(matchesNodeSelector(node, terms('In', ['n1', 'n2']))).toBe(false)
  })

  it('needs one term whose requirements all hold; an empty term holds for nothing', () => {
    const holds = { matchExpressions: [expression('zone', 'Exists')] }
    const fails = { matchExpressions: [expression('zone', 'Exists'), expression('size', 'Lt', ['1'])] }
    expect(matchesNodeSelector(node, { nodeSelectorTerms: [fails, holds] })).toBe(true)
    expect(matchesNodeSelector(node, { nodeSelectorTerms: [fails, {}] })).toBe(false)
  })
})

describe('matchesPodNodeAffinity', () => {
  const required = (values: string[]) => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [expression('zone', 'In', values)] }],
      },
    },
  })

  it.each([
    { name: 'a pod without wishes goes anywhere', spec: {}, want: true },
    { name: 'its nodeSelector holds', spec: { nodeSelector: { zone: 'a' } }, want: true },
    { name: 'its nodeSelector does not hold', spec: { nodeSelector: { zone: 'b' } }, want: false },
    { name: 'its required affinity holds', spec: { affinity: required(['a']) }, want: true },
    { name: 'both must hold', spec: { nodeSelector: { zone: 'a' }, affinity: required(['b']) }, want: false },
  ])('$name: $want', ({ spec, want }) => {
    expect(matchesPodNodeAffinity(aPod({ spec }), node)).toBe(want)
  })
})
