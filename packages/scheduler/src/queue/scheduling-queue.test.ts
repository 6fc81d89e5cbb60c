import type { Pod } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { beforeEach, describe, expect, it } from 'vitest'
import { defaultPlugins } from '../plugins/index.ts'
import { SchedulingQueue } from './scheduling-queue.ts'

const never = new AbortController().signal

function aPod(name: string, rest: Partial<Pod['spec'] & object> = {}): Pod {
  return { metadata: { name, namespace: 'a', uid: name }, spec: { containers: [], ...rest } }
}

describe('the scheduling queue', () => {
  let clock: FakeClock
  let queue: SchedulingQueue
  beforeEach(() => {
    clock = new FakeClock()
    const isGated = (pod: { spec?: { schedulingGates?: readonly unknown[] } }) => !!pod.spec?.schedulingGates?.length
    queue = new SchedulingQueue({ clock, plugins: defaultPlugins, isGated })
  })
  const pop = async () => {
    const queued = await queue.pop(never)
    if (!queued) throw new Error('the queue ended')
    return queued
  }

  it('gives the most important pod first, then the one that waits longest', async () => {
    queue.add(aPod('first'))
    await clock.advance(1)
    queue.add(aPod('second'))
    queue.add(aPod('important', { priority: 10 }))
    const names = [await pop(), await pop(), await pop()].map(({ info }) => info.pod.metadata.name)
    expect(names).toEqual(['important', 'first', 'second'])
  })

  it('keeps a rejected pod until something happens that its plugins wait for', async () => {
    queue.add(aPod('x'))
    queue.failed(await pop(), new Set(['TaintToleration']))
    queue.moved('AssignedPodDelete')
    expect(queue.sizes).toMatchObject({ unschedulable: 1, active: 0, backoff: 0 })
    queue.moved('NodeTaints')
    expect(queue.sizes).toMatchObject({ unschedulable: 0, backoff: 1 })
    expect((await pop()).attempts).toBe(1)
  })

  it('holds a pod that met an error for its whole backoff, which doubles up to ten seconds', async () => {
    queue.add(aPod('x'))
    const waits: number[] = []
    let queued = await pop()
    for (let i = 0; i < 6; i++) {
      const failedAt = clock.now()
      queue.failed(queued, undefined)
      const popped = pop()
      await clock.advance(10_000)
      queued = await popped
      waits.push(queued.backoffUntil - failedAt)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  it('holds a gated pod until its gates are gone', async () => {
    const gated = aPod('x', { schedulingGates: [{ name: 'g' }] })
    queue.add(gated)
    expect(queue.sizes.gated).toBe(1)
    queue.update(aPod('x'), true)
    expect((await pop()).info.pod.metadata.name).toBe('x')
  })

  it('tries a pod again after five minutes though nothing has happened', async () => {
    queue.add(aPod('x'))
    queue.failed(await pop(), new Set(['NodePorts']))
    await clock.advance(4 * 60_000)
    expect(queue.sizes.unschedulable).toBe(1)
    await clock.advance(90_000)
    expect(queue.sizes.unschedulable).toBe(0)
    queue.close()
    expect(clock.pending).toBe(0)
  })

  it('ends when its signal is aborted', async () => {
    const controller = new AbortController()
    const popped = queue.pop(controller.signal)
    controller.abort()
    expect(await popped).toBeUndefined()
  })
})
