import { parseFlags } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { leaderElectionFlags, leaderElectionOf } from './leader-election-flags.ts'

const flags = leaderElectionFlags('kube-scheduler')
const electionOf = (...argv: string[]) => leaderElectionOf(parseFlags('x', flags, argv))

describe('the flags of an election', () => {
  it('are upstream’s, with its defaults', () => {
    expect(electionOf()).toEqual({
      name: 'kube-scheduler',
      namespace: 'kube-system',
      identity: expect.stringMatching(/^.+_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
    })
    expect(electionOf('--leader-elect-lease-duration=1m', '--leader-elect-resource-name=a')).toMatchObject({
      name: 'a',
      leaseDurationMs: 60_000,
    })
  })

  it.each([
    ['--leader-elect-lease-duration=5s', 'leaseDuration must be greater than renewDeadline'],
    ['--leader-elect-retry-period=9s', 'renewDeadline must be greater than retryPeriod*JitterFactor'],
    ['--leader-elect-resource-lock=endpoints', '"endpoints" is not one of leases'],
  ])('refuse %s', (flag, problem) => {
    expect(() => electionOf(flag)).toThrow(problem)
  })
})
