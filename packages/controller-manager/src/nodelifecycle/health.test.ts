import type { Lease } from '@wherry/api'
import { deepFreeze, formatMicroTime, formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aNode } from '../../testing/index.ts'
import { planHealth } from './health.ts'

const options = { gracePeriodMs: 50_000, startupGracePeriodMs: 60_000 }
const leaseAt = (ms: number) => deepFreeze<Lease>({ metadata: {}, spec: { renewTime: formatMicroTime(ms) } })

describe('the health of a node', () => {
  it('is presumed when it is first seen, whatever its clock says', () => {
    const plan = planHealth(aNode({ ready: 'True', heartbeat: 0 }), undefined, undefined, 1_000_000, options)
    expect(plan).toMatchObject({ health: { probedAt: 1_000_000 }, checkAfterMs: 50_000 })
    expect(plan.conditions).toBeUndefined()
  })

  it('is renewed by its lease or by its status', () => {
    const first = planHealth(aNode({ ready: 'True' }), leaseAt(1), undefined, 1000, options)
    const idle = planHealth(aNode({ ready: 'True' }), leaseAt(1), first.health, 30_000, options)
    expect(idle).toMatchObject({ health: { probedAt: 1000 }, checkAfterMs: 21_000 })
    const renewed = planHealth(aNode({ ready: 'True' }), leaseAt(2), idle.health, 30_000, options)
    expect(renewed.health.probedAt).toBe(30_000)
    const posted = planHealth(aNode({ ready: 'True', heartbeat: 30_000 }), leaseAt(1), idle.health, 31_000, options)
    expect(posted.health.probedAt).toBe(31_000)
  })

  it('is unknown after the grace period, and so is what else the node said', () => {
    const { health } = planHealth(aNode({ ready: 'True' }), leaseAt(1), undefined, 1000, options)
    const { conditions, checkAfterMs } = planHealth(aNode({ ready: 'True' }), leaseAt(1), health, 51_000, options)
    expect(checkAfterMs).toBeUndefined()
    expect(conditions).toHaveLength(4)
    expect(conditions?.[0]).toEqual({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastHeartbeatTime: formatTime(0),
      lastTransitionTime: formatTime(51_000),
    })
    expect(conditions?.[1]).toMatchObject({
      type: 'MemoryPressure',
      status: 'Unknown',
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    })
  })

  it('is not said to be unknown twice', () => {
    const node = aNode({ ready: 'True' })
    const { conditions } = planHealth(node, undefined, { ...lost }, 99_000, options)
    const told = deepFreeze({ ...node, status: { conditions } })
    expect(planHealth(told, undefined, { ...lost }, 99_000, options).conditions).toBeUndefined()
  })

  it('of a node that never posted a status counts from its creation', () => {
    const node = aNode({ created: 10_000 })
    expect(planHealth(node, undefined, undefined, 20_000, options).checkAfterMs).toBe(50_000)
    expect(planHealth(node, undefined, undefined, 71_000, options).conditions?.[0]).toMatchObject({
      type: 'Ready',
      reason: 'NodeStatusNeverUpdated',
    })
  })
})

const lost = { heartbeat: formatTime(0), renewTime: undefined, probedAt: 0 }
