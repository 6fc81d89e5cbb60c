import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { discoveryCache } from './discovery-cache.ts'

let directory: string
let clock: FakeClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-cache-'))
  clock = new FakeClock()
})

afterEach(() => rm(directory, { recursive: true }))

const cacheOf = (server: string) => discoveryCache({ env: {}, clock, directory, server })
const groups = [{ name: '', versions: [] }]

describe('what a server serves', () => {
  it('is kept for each server, for six hours', async () => {
    await cacheOf('https://one:6443').write(groups)
    expect(await cacheOf('https://one:6443').read()).toEqual(groups)
    expect(await cacheOf('https://two:6443').read()).toBeUndefined()
    await clock.advance(6 * 3_600_000)
    expect(await cacheOf('https://one:6443').read()).toBeUndefined()
  })

  it('is asked for again where the file is none of ours', async () => {
    await cacheOf('https://one').write(groups)
    const [file = ''] = await readdir(join(directory, 'wherry'))
    await writeFile(join(directory, 'wherry', file), '{"form":0}')
    expect(await cacheOf('https://one').read()).toBeUndefined()
    await writeFile(join(directory, 'wherry', file), 'no JSON')
    expect(await cacheOf('https://one').read()).toBeUndefined()
  })

  it('need not be kept', async () => {
    const cache = discoveryCache({ env: {}, clock, directory: '/dev/null/nowhere', server: 'https://one' })
    await expect(cache.write(groups)).resolves.toBeUndefined()
    expect(await cache.read()).toBeUndefined()
  })
})
