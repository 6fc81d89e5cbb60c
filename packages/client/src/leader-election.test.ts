import type { Lease } from '@wherry/api'
import { FakeClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer, type FakeRequest } from '../testing/index.ts'
import { LeadershipLost, runWithLeaderElection } from './leader-election.ts'
import type { Client } from './rest/client.ts'
import { newClient } from './rest/new-client.ts'

let server: FakeAPIServer
let client: Client
let clock: FakeClock
let lease: Lease | undefined
let version = 0
let runs: string[]
const terms: { abort: AbortController; ended: Promise<unknown> }[] = []

const failure = (status: number, reason: string) => ({
  status,
  body: { kind: 'Status', metadata: {}, status: 'Failure', code: status, reason, message: reason },
})

/** One Lease with optimistic locking. */
function leases({ method, body }: FakeRequest) {
  if (method === 'GET') return lease ? { body: lease } : failure(404, 'NotFound')
  const sent: Lease = Object(body)
  if (method === 'POST' && lease) return failure(409, 'AlreadyExists')
  if (method === 'PUT' && sent.metadata.resourceVersion !== lease?.metadata.resourceVersion)
    return failure(409, 'Conflict')
  lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(++version) } }
  return { body: lease }
}

beforeEach(async () => {
  lease = undefined
  runs = []
  terms.length = 0
  clock = new FakeClock()
  server = await FakeAPIServer.start()
  server.handle = leases
  client = newClient({ server: server.url })
})

afterEach(async () => {
  for (const { abort } of terms) abort.abort()
  while (terms.length > 0) await terms.pop()?.ended.catch(() => undefined)
  client.close()
  await server.close()
  expect(clock.pending).toBe(0)
})

/** A process that leads until it is stopped. */
function candidate(identity: string) {
  const abort = new AbortController()
  const deps = { client, clock, logger: silentLogger, random: () => 0, name: 'x', namespace: 'kube-system', identity }
  const lead = async (signal: AbortSignal) => {
    runs.push(`${identity} leads`)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    runs.push(`${identity} ended`)
  }
  const ended = runWithLeaderElection(deps, lead, abort.signal)
  ended.catch(() => undefined)
  terms.push({ abort, ended })
  return { abort, ended }
}

/** Lets requests be answered; time stands still. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await clock.advance(0)
  await clock.advance(0)
}

/** Time passes in steps that let every request on the way be answered. */
async function pass(seconds: number): Promise<void> {
  for (let i = 0; i < seconds * 2; i++) {
    await clock.advance(500)
    for (let turn = 0; turn < 15; turn++) await clock.advance(0)
  }
}

describe('leader election', () => {
  it('makes the first process the leader, and writes that down', async () => {
    candidate('a')
    await until(() => runs.length > 0)
    expect(lease?.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-01T00:00:00.000000Z',
      renewTime: '2026-01-01T00:00:00.000000Z',
      leaseTransitions: 0,
    })
  })

  it('lets nobody else lead while the leader renews its lease', async () => {
    candidate('a')
    await until(() => runs.length > 0)
    candidate('b')
    await pass(60)
    expect(runs).toEqual(['a leads'])
    expect(Date.parse(lease?.spec?.renewTime ?? '')).toBeGreaterThan(clock.now() - 3000)
  })

  it('gives the lease up at the end, so that the next one need not wait for it', async () => {
    const a = candidate('a')
    await until(() => runs.length > 0)
    candidate('b')
    await pass(3)
    a.abort.abort()
    await a.ended
    expect(lease?.spec?.holderIdentity).toBe('')
    await pass(3)
    expect(runs).toEqual(['a leads', 'a ended', 'b leads'])
    expect(lease?.spec).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 })
  })

  it('takes over from a leader that has fallen silent, once its lease has run out', async () => {
    const renewTime = '2026-01-01T00:00:00.000000Z'
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 15,
      acquireTime: renewTime,
      renewTime,
      leaseTransitions: 4,
    }
    lease = { metadata: { namespace: 'kube-system', name: 'x', resourceVersion: '0' }, spec }
    candidate('b')
    await pass(14)
    expect(runs).toEqual([])
    await pass(4)
    expect(runs).toEqual(['b leads'])
    expect(lease.spec?.leaseTransitions).toBe(5)
  })

  it('asks a server that is not there yet again soon', async () => {
    const { port } = server
    await server.close()
    candidate('a')
    for (let turn = 0; turn < 50; turn++) await clock.advance(0)
    server = await FakeAPIServer.start({ port })
    server.handle = leases
    await clock.advance(50)
    await until(() => runs.length > 0)
    expect(clock.now()).toBeLessThan(Date.UTC(2026, 0, 1, 0, 0, 1))
  })

  it('takes its own lease over at once', async () => {
    const spec = { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 2 }
    lease = { metadata: { namespace: 'kube-system', name: 'x', resourceVersion: '0' }, spec }
    candidate('a')
    await until(() => runs.length > 0)
    expect(lease.spec?.leaseTransitions).toBe(2)
  })

  it('ends what the leader does when its lease could not be renewed in time', async () => {
    const a = candidate('a')
    await until(() => runs.length > 0)
    server.handle = () => failure(500, 'InternalError')
    await pass(8)
    expect(runs).toEqual(['a leads'])
    await pass(4)
    expect(runs).toEqual(['a leads', 'a ended'])
    await expect(a.ended).rejects.toThrow(LeadershipLost)
    expect(lease?.spec?.holderIdentity).toBe('a')
  })

  it('gives the lease up when what the leader does fails, and passes the failure on', async () => {
    const deps = { client, clock, logger: silentLogger, name: 'x', namespace: 'kube-system', identity: 'a' }
    const lead = () => Promise.reject(new Error('mine'))
    await expect(runWithLeaderElection(deps, lead, new AbortController().signal)).rejects.toThrow('mine')
    expect(lease?.spec?.holderIdentity).toBe('')
  })
})
