import { describe, expect, it } from 'vitest'
import { aPod } from '../../testing/index.ts'
import { noFailures, recordEnds, remainingBackoff } from './backoff.ts'

const now = 100_000
const endedAt = (ms: number) => ({
  ...aPod(),
  status: {
    containerStatuses: [
      {
        name: 'c',
        image: 'i',
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 1, finishedAt: new Date(ms).toISOString() } },
      },
    ],
  },
})

describe('the back-off of a Job', () => {
  it('grows with every failure in a row, from the last one on', () => {
    const record = recordEnds(noFailures, [], [endedAt(90_000), endedAt(95_000)], now)
    expect(record).toEqual({ failures: 2, lastFailure: 95_000 })
    expect(remainingBackoff(record.failures, record.lastFailure, now)).toBe(15_000)
    expect(recordEnds(record, [], [endedAt(99_000)], now)).toEqual({ failures: 3, lastFailure: 99_000 })
  })

  it('is forgiven by a success, but for failures after it', () => {
    expect(recordEnds({ failures: 4, lastFailure: 5 }, [endedAt(6000)], [], now)).toEqual(noFailures)
    const record = recordEnds({ failures: 4, lastFailure: 5 }, [endedAt(6000)], [endedAt(5000), endedAt(7000)], now)
    expect(record).toEqual({ failures: 1, lastFailure: 7000 })
  })

  it('is ten minutes at most', () => {
    expect(remainingBackoff(20, now, now)).toBe(600_000)
    expect(remainingBackoff(0, now, now)).toBe(0)
  })
})
