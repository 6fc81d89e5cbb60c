import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storageSuite } from '../testing/index.ts'
import { openLevelStorage, openMemoryStorage } from './index.ts'

let root: string
let next = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wherry-storage-'))
})
afterAll(() => rm(root, { recursive: true }))

storageSuite('memory', openMemoryStorage)
storageSuite('level', () => openLevelStorage({ path: join(root, String(next++)) }))

describe('a LevelDB directory', () => {
  it('keeps objects, revision and compaction when it is opened again', async () => {
    const path = join(root, 'again')
    const first = await openLevelStorage({ path })
    await first.put('/a', Buffer.from('1'))
    await first.put('/b', Buffer.from('2'))
    await first.compact(2)
    await first.close()
    const second = await openLevelStorage({ path })
    expect(second.revision()).toBe(2)
    expect(Buffer.from((await second.get('/b'))?.value ?? []).toString()).toBe('2')
    expect(await second.put('/c', Buffer.from('3'))).toEqual({ revision: 3 })
    await second.close()
  })

  it('that is in use is refused with what to do', async () => {
    const path = join(root, 'locked')
    const first = await openLevelStorage({ path })
    await expect(openLevelStorage({ path })).rejects.toThrow(
      /is in use by another API server: stop it, or choose another/,
    )
    await first.close()
  })

  it('that cannot be made is refused with what to do', async () => {
    const file = join(root, 'file')
    await writeFile(file, '')
    await expect(openLevelStorage({ path: join(file, 'data') })).rejects.toThrow(
      /cannot be made \(ENOTDIR\): choose one/,
    )
  })
})
