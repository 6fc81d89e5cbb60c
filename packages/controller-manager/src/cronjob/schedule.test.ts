import { parseDuration } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { parseSchedule } from './schedule.ts'

const at = (text: string) => Date.parse(`${text}Z`)
const text = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16))
const next = (schedule: string, after: string, zone?: string) =>
  text(parseSchedule(schedule, parseDuration, zone).next(at(after)))

describe('a schedule', () => {
  it.each([
    ['* * * * *', '2026-01-01T00:00:30', '2026-01-01T00:01'],
    ['*/15 * * * *', '2026-01-01T00:15', '2026-01-01T00:30'],
    ['0 12 * * *', '2026-01-01T12:00', '2026-01-02T12:00'],
    ['30 6 1 * *', '2026-01-02T00:00', '2026-02-01T06:30'],
    ['0 0 29 2 *', '2026-01-01T00:00', '2028-02-29T00:00'],
    ['0 0 * * mon', '2026-01-01T00:00', '2026-01-05T00:00'],
    ['0 0 * JAN sun', '2026-01-30T00:00', '2027-01-03T00:00'],
    ['0 0 13 * 5', '2026-02-01T00:00', '2026-02-06T00:00'],
    ['0 0 */10 * 5', '2026-02-01T00:00', '2026-05-01T00:00'],
    ['5-10/5,59 3 * * *', '2026-01-01T03:05', '2026-01-01T03:10'],
    ['10/20 * * * *', '2026-01-01T00:31', '2026-01-01T00:50'],
    ['@hourly', '2026-01-01T00:00', '2026-01-01T01:00'],
    ['@weekly', '2026-01-01T00:00', '2026-01-04T00:00'],
    ['@every 1h30m', '2026-01-01T00:10', '2026-01-01T01:40'],
  ])('%s after %s comes at %s', (schedule, after, want) => {
    expect(next(schedule, after)).toBe(want)
  })

  it('never comes where no day fits', () => {
    expect(next('0 0 31 2 *', '2026-01-01T00:00')).toBeUndefined()
  })

  it.each([
    ['30 7 * * *', '2026-03-28T12:00', 'Europe/Berlin', '2026-03-29T05:30'],
    ['30 7 * * *', '2026-01-01T00:00', 'Europe/Berlin', '2026-01-01T06:30'],
    ['0 0 * * *', '2026-03-28T23:30', 'Europe/Berlin', '2026-03-29T22:00'],
    ['0 0 * * *', '2026-10-24T22:30', 'Europe/Berlin', '2026-10-25T23:00'],
    ['0 9 * * *', '2026-01-01T00:00', 'Asia/Kolkata', '2026-01-01T03:30'],
  ])('%s after %s in %s comes at %s', (schedule, after, zone, want) => {
    expect(next(schedule, after, zone.replace('_', '/'))).toBe(want)
  })

  it.each([
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['@often', 'unrecognized descriptor: @often'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ])('"%s" is refused: %s', (schedule, message) => {
    expect(() => parseSchedule(schedule, parseDuration)).toThrow(message)
  })

  it('in a time zone that nobody knows is refused', () => {
    expect(() => parseSchedule('* * * * *', parseDuration, 'Nowhere/Land')).toThrow(RangeError)
  })
})
