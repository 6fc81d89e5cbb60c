import { describe, expect, it } from 'vitest'
import { parseGoal } from './conditions.ts'

const object = {
  kind: 'Deployment',
  metadata: { name: 'web', generation: 2 },
  status: {
    observedGeneration: 2,
    phase: 'Running',
    count: 3,
    conditions: [
      { type: 'Available', status: 'True' },
      { type: 'Stale', status: 'True', observedGeneration: 1 },
    ],
  },
}

function met(text: string): boolean {
  const goal = parseGoal(text)
  return goal.kind === 'state' && goal.met(object)
}

describe('what to wait for', () => {
  it.each([
    { text: 'condition=Available', want: true },
    { text: 'condition=available=true', want: true },
    { text: 'condition=Available=False', want: false },
    { text: 'condition=Missing', want: false },
    { text: 'condition=Stale', want: false },
    { text: 'jsonpath={.status.phase}=Running', want: true },
    { text: 'jsonpath=.status.phase=Pending', want: false },
    { text: 'jsonpath={.status.count}=3', want: true },
    { text: 'jsonpath={.status.phase}', want: true },
    { text: 'jsonpath={.status.absent}', want: false },
    { text: 'jsonpath={.status.conditions[?(@.type=="Available")].status}=True', want: true },
  ])('$text', ({ text, want }) => {
    expect(met(text)).toBe(want)
  })

  it('can be the beginning or the end of an object', () => {
    expect(parseGoal('delete')).toEqual({ kind: 'delete' })
    expect(parseGoal('create')).toEqual({ kind: 'create' })
  })

  it.each([
    { text: 'nonsense', want: 'unrecognized condition: "nonsense"' },
    { text: 'jsonpath=', want: 'jsonpath expression cannot be empty' },
    { text: 'jsonpath={.a}=', want: 'jsonpath wait value cannot be empty' },
    { text: 'jsonpath={.a', want: 'unexpected path string' },
  ])('refuses $text', ({ text, want }) => {
    expect(() => parseGoal(text)).toThrow(want)
  })

  it('does not take a structure or several values for one', () => {
    expect(() => met('jsonpath={.status}=x')).toThrow(
      'jsonpath leads to a nested object or list which is not supported',
    )
    expect(() => met('jsonpath={.status.conditions[*].type}=x')).toThrow('matches more than one value')
  })
})
