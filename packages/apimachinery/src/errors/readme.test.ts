import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { statusCodes } from './status-error.ts'
import * as makers from './status-errors.ts'

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8')
const rows = [...readme.matchAll(/^\| (\w+) \| (\d{3}) \| (.*?) ?\|$/gm)].map(
  ([, reason = '', code = '', by = '']) => ({
    reason,
    code: Number(code),
    by: [...by.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
  }),
)

it('the documentation lists every reason with its code, and functions that exist', () => {
  expect(Object.fromEntries(rows.map(({ reason, code }) => [reason, code]))).toEqual(statusCodes)
  expect(rows.flatMap(({ by }) => by).filter((name) => !Object.hasOwn(makers, name))).toEqual([])
})
