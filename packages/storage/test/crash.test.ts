import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLevelStorage } from '../src/index.ts'

const program = fileURLToPath(new URL('../dist/test/crash-writer.mjs', import.meta.url))
let path: string

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'wherry-crash-'))
  await build({
    entryPoints: [fileURLToPath(new URL('crash-writer.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['level', 'memory-level'],
  })
})
afterAll(() => rm(path, { recursive: true }))

interface Acknowledged {
  revision: number
  /** Empty after a delete. */
  value: string
}

/** Lets the writer run until it has acknowledged so many writes, kills it, and takes down what it has acknowledged. */
async function writeAndKill(round: number, writes: number, acknowledged: Map<string, Acknowledged>): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [program, path, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  if (!child.stdout) throw new Error('the writer has no output')
  let seen = 0
  for await (const line of createInterface({ input: child.stdout })) {
    const [revision = '', key = '', value = ''] = line.split(' ')
    if (seen++ === writes) child.kill('SIGKILL')
    const known = acknowledged.get(key)
    if (!known || known.revision < Number(revision)) acknowledged.set(key, { revision: Number(revision), value })
  }
  await exited
}

it('keeps every acknowledged write, and never goes back, however often its process is killed', async () => {
  const acknowledged = new Map<string, Acknowledged>()
  let last = 0
  for (let round = 0; round < 8; round++) {
    await writeAndKill(round, 150 + 130 * round, acknowledged)
    const storage = await openLevelStorage({ path })
    const highest = Math.max(...[...acknowledged.values()].map(({ revision }) => revision))
    expect(storage.revision()).toBeGreaterThanOrEqual(highest)
    expect(storage.revision()).toBeGreaterThan(last)
    last = storage.revision()
    acknowledged.delete('opened')
    for (const [key, { revision, value }] of acknowledged) {
      const stored = await storage.get(key)
      // A later write may have reached the disk without its acknowledgement reaching us.
      if (stored && stored.revision > revision) continue
      const isLater = stored === undefined && value !== ''
      if (isLater) expect(await lastEvent(storage, key, revision)).toBe('delete')
      else expect(stored && Buffer.from(stored.value).toString()).toBe(value === '' ? undefined : value)
    }
    await storage.close()
  }
}, 60_000)

it('has no hole in the history that it keeps', async () => {
  const storage = await openLevelStorage({ path })
  const revisions: number[] = []
  for await (const events of storage.history('/', storage.compacted(), storage.revision())) {
    revisions.push(...events.map((event) => event.revision))
  }
  const length = storage.revision() - storage.compacted()
  expect(revisions).toEqual(Array.from({ length }, (_, i) => storage.compacted() + 1 + i))
  await storage.close()
})

/** What the store says happened to the key after a revision. */
async function lastEvent(storage: Awaited<ReturnType<typeof openLevelStorage>>, key: string, after: number) {
  let type: string | undefined
  for await (const events of storage.history(key, Math.max(after, storage.compacted()), storage.revision())) {
    for (const event of events) if (event.key === key) type = event.type
  }
  return type
}
