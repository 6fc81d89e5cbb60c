import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CompactedError, openMemoryStorage, type PastEvent } from '../src/index.ts'

type Step =
  | { do: 'put' | 'delete'; key: string; expect: 'any' | 'current' | 'stale' }
  | { do: 'compact'; keep: number }
  | { do: 'together'; steps: Step[] }

const key = fc.constantFrom('/p/a', '/p/b', '/p/a/b', '/q/a', '/p/é')
const write: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('put' as const, 'delete' as const),
  key,
  expect: fc.constantFrom('any' as const, 'current' as const, 'stale' as const),
})
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: write },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const), keep: fc.nat(5) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('together' as const), steps: fc.array(write, { maxLength: 6 }) }),
  },
)

/** What the store must look like: plain maps and a list. */
class Model {
  revision = 0
  compacted = 0
  readonly objects = new Map<string, { revision: number; value: string }>()
  readonly events: { type: string; key: string; revision: number; value?: string; previous?: string }[] = []

  write(kind: 'put' | 'delete', at: string, expected: number | undefined, value: string) {
    const current = this.objects.get(at)
    const found = current?.revision ?? 0
    if (expected === undefined ? kind === 'delete' && !current : expected !== found) return { conflict: found }
    const revision = ++this.revision
    const previous = current ? { previous: current.value } : {}
    if (kind === 'put') this.objects.set(at, { revision, value })
    else this.objects.delete(at)
    this.events.push({ type: kind, key: at, revision, ...(kind === 'put' ? { value } : {}), ...previous })
    return { revision }
  }
}

const text = (value: Uint8Array | undefined) => (value ? { value: Buffer.from(value).toString() } : {})

it('behaves as plain maps and a list of events do, whatever is written in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const storage = await openMemoryStorage()
      const model = new Model()
      let count = 0
      const run = async (one: Step): Promise<void> => {
        if (one.do === 'together') return void (await Promise.all(one.steps.map(run)))
        if (one.do === 'compact') {
          model.compacted = Math.max(model.compacted, model.revision - one.keep)
          return storage.compact(model.revision - one.keep)
        }
        const current = model.objects.get(one.key)?.revision ?? 0
        const expected = one.expect === 'any' ? undefined : one.expect === 'current' ? current : current + 1
        const value = `v${count++}`
        const wanted = model.write(one.do, one.key, expected, value)
        const expectation = expected === undefined ? undefined : { revision: expected }
        const result =
          one.do === 'put'
            ? storage.put(one.key, Buffer.from(value), expectation)
            : storage.delete(one.key, expectation)
        expect(await result).toEqual(wanted)
      }
      for (const one of steps) await run(one)
      expect([storage.revision(), storage.compacted()]).toEqual([model.revision, model.compacted])
      const { items } = await storage.list('/p/')
      const wanted = [...model.objects].filter(([at]) => at.startsWith('/p/'))
      wanted.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      expect(items.map(({ key: at, revision, value }) => [at, { revision, ...text(value) }])).toEqual(wanted)
      const past: PastEvent[] = []
      for await (const batch of storage.history('/', model.compacted, model.revision)) past.push(...batch)
      expect(
        past.map(({ type, key: at, revision, value, previous }) => ({
          type,
          key: at,
          revision,
          ...text(value),
          ...(previous ? { previous: Buffer.from(previous).toString() } : {}),
        })),
      ).toEqual(model.events.filter(({ revision }) => revision > model.compacted))
      if (model.compacted > 0) {
        const read = storage.history('/', model.compacted - 1, model.revision)[Symbol.asyncIterator]()
        if (model.revision > model.compacted - 1) await expect(read.next()).rejects.toThrow(CompactedError)
      }
      await storage.close()
    }),
    { numRuns: 150 },
  )
})
