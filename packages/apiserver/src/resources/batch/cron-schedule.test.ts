import { expect, it } from 'vitest'
import { scheduleFault } from './cron-schedule.ts'

it.each([
  ['* * * * *', undefined],
  ['*/5 0-6,8 1 jan-mar MON', undefined],
  ['@daily', undefined],
  ['@every 1h30m', undefined],
  ['TZ=UTC 0 0 * * *', undefined],
  ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['9-3 * * * *', 'beginning of range (9) beyond end of range (3): 9-3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
])('the fault of %j is %j', (schedule, fault) => {
  expect(scheduleFault(schedule)).toBe(fault)
})
