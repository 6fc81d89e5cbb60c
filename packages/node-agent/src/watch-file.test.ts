import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import { watchForChanges } from './watch-file.ts'

it('a watched file is told of when it comes, changes and goes, until nobody wants to know', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'wherry-watch-'))
  const path = join(dir, 'file')
  let count = 0
  const stop = watchForChanges(path, () => count++)
  for (const change of [
    () => writeFileSync(path, 'a'),
    () => writeFileSync(path, 'ab'),
    () => renameSync(path, `${path}.1`),
  ]) {
    const before = count
    change()
    await eventually(() => count > before)
  }
  stop()
  rmSync(dir, { recursive: true })
  expect(count).toBeGreaterThan(2)
})
