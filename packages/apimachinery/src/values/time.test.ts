import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, humanDuration, parseDuration } from './duration.ts'
import { formatMicroTime, formatTime, parseTime } from './time.ts'

describe('times', () => {
  it('are written in whole seconds, or to the microsecond', () => {
    expect(formatTime(1767225600999)).toBe('2026-01-01T00:00:00Z')
    expect(formatTime(-1)).toBe('1969-12-31T23:59:59Z')
    expect(formatMicroTime(1767225600123 + 0.4567)).toBe('2026-01-01T00:00:00.123456Z')
    expect(formatMicroTime(1767225600000)).toBe('2026-01-01T00:00:00.000000Z')
  })

  it('read back as they were written', () => {
    const times = fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }).map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(times, (ms) => {
        expect(parseTime(formatTime(ms))).toBe(ms)
      }),
    )
  })

  it('may have a fraction and another zone', () => {
    expect(parseTime('2026-01-01T01:30:00.5+01:30')).toBe(1767225600500)
    expect(parseTime('2025-12-31T23:00:00-01:00')).toBe(1767225600000)
    expect(parseTime('2028-02-29T00:00:00Z')).toBe(Date.UTC(2028, 1, 29))
  })

  it.each([
    ['yesterday', 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"'],
    ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
    ['2026-01-01', 'parsing time "2026-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
    [
      '2026-01-01T00:00:00',
      'parsing time "2026-01-01T00:00:00" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"',
    ],
    ['2026-13-01T00:00:00Z', 'parsing time "2026-13-01T00:00:00Z": month out of range'],
    ['2026-02-29T00:00:00Z', 'parsing time "2026-02-29T00:00:00Z": day out of range'],
    ['2026-01-01T24:00:00Z', 'parsing time "2026-01-01T24:00:00Z": hour out of range'],
    ['2026-01-01T00:00:00Zz', 'parsing time "2026-01-01T00:00:00Zz" as "2006-01-02T15:04:05Z07:00": extra text: "z"'],
  ])('%j is none', (text, message) => {
    expect(() => parseTime(text)).toThrow(message)
  })
})

describe('durations', () => {
  it.each([
    ['0', 0],
    ['5s', 5000],
    ['1h30m', 5_400_000],
    ['-1.5h', -5_400_000],
    ['1µs', 0.001],
    ['.5s', 500],
    ['1m1m', 120_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    ['', 'time: invalid duration ""'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['5constructor', 'time: unknown unit "constructor" in duration "5constructor"'],
    ['s', 'time: invalid duration "s"'],
    ['1e3s', 'time: unknown unit "e" in duration "1e3s"'],
    ['99999999999h', 'time: invalid duration "99999999999h"'],
  ])('%j is refused', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message)
  })

  it.each([
    [0, '0s'],
    [0.000001, '1ns'],
    [0.0015, '1.5µs'],
    [1.5, '1.5ms'],
    [1500, '1.5s'],
    [-90_000, '-1m30s'],
    [3_600_000, '1h0m0s'],
  ])('%d ms prints as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('read back as they print', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 12), max: 10 ** 12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3)
      }),
    )
  })

  it.each([
    [-2000, '<invalid>'],
    [-1500, '0s'],
    [0, '0s'],
    [119_999, '119s'],
    [120_000, '2m'],
    [312_000, '5m12s'],
    [600_000, '10m'],
    [3 * 3_600_000 - 1, '179m'],
    [3 * 3_600_000, '3h'],
    [7 * 3_600_000 + 59 * 60_000, '7h59m'],
    [47 * 3_600_000, '47h'],
    [52 * 3_600_000, '2d4h'],
    [48 * 3_600_000, '2d'],
    [8 * 86_400_000, '8d'],
    [729 * 86_400_000, '729d'],
    [730 * 86_400_000, '2y'],
    [800 * 86_400_000, '2y70d'],
    [3000 * 86_400_000, '8y'],
  ])('%d ms of age show as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text)
  })
})
