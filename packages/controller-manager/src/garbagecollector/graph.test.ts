import type { ObjectMeta } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { Graph } from './graph.ts'

const deployment = { group: 'apps', kind: 'Deployment' }
const replicaSet = { group: 'apps', kind: 'ReplicaSet' }
const pod = { group: '', kind: 'Pod' }

function newGraph() {
  const asked: string[] = []
  const kinds: string[] = []
  const graph = new Graph({
    attemptToDelete: ({ name }) => asked.push(`delete ${name}`),
    attemptToOrphan: ({ name }) => asked.push(`orphan ${name}`),
    unknownOwner: ({ kind }) => kinds.push(kind),
  })
  return { graph, kinds, take: () => asked.splice(0) }
}

interface Shape {
  owners?: { name: string; uid?: string; kind?: string; block?: boolean }[]
  finalizers?: string[]
  deleting?: boolean
  namespace?: string
  uid?: string
}

function meta(
  name: string,
  { owners = [], finalizers, deleting, namespace = 'default', uid = name }: Shape = {},
): ObjectMeta {
  return {
    name,
    namespace,
    uid,
    ...(finalizers ? { finalizers } : {}),
    ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    ownerReferences: owners.map((owner) => ({
      apiVersion: 'apps/v1',
      kind: owner.kind ?? 'ReplicaSet',
      name: owner.name,
      uid: owner.uid ?? owner.name,
      blockOwnerDeletion: owner.block ?? true,
    })),
  }
}

describe('the graph of owners', () => {
  it('remembers nothing of objects without owners and dependents', () => {
    const { graph, take } = newGraph()
    expect(graph.observe(deployment, meta('d'))).toBe(false)
    expect(graph.size).toBe(0)
    expect(take()).toEqual([])
  })

  it('asks after an owner that it has not seen', () => {
    const { graph, kinds, take } = newGraph()
    expect(graph.observe(pod, meta('p', { owners: [{ name: 'rs' }] }))).toBe(true)
    expect(take()).toEqual(['delete rs'])
    expect(kinds).toEqual(['ReplicaSet'])
    expect(graph.get('rs')?.observed).toBe(false)
    graph.observe(replicaSet, meta('rs'))
    expect(graph.get('rs')?.observed).toBe(true)
    expect(take()).toEqual([])
  })

  it('asks after the dependents of an owner that is gone', () => {
    const { graph, take } = newGraph()
    graph.observe(replicaSet, meta('rs', { owners: [{ name: 'd', kind: 'Deployment' }] }))
    graph.observe(pod, meta('p1', { owners: [{ name: 'rs' }] }))
    graph.observe(pod, meta('p2', { owners: [{ name: 'rs' }] }))
    take()
    graph.forget('rs')
    expect(take()).toEqual(['delete p1', 'delete p2'])
    expect(graph.isAbsent({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs' }, 'default')).toBe(true)
    graph.forget('p1')
    graph.forget('p2')
    expect(graph.size).toBe(0)
  })

  it('asks after the dependents of an owner that the server does not know', () => {
    const { graph, take } = newGraph()
    graph.observe(pod, meta('p', { owners: [{ name: 'rs' }] }))
    take()
    const owner = graph.get('rs')
    if (owner) graph.vanished(owner)
    expect(take()).toEqual(['delete p'])
  })

  it('begins foreground deletion with the dependents, and looks at the owner when one of them goes', () => {
    const { graph, take } = newGraph()
    graph.observe(pod, meta('p', { owners: [{ name: 'rs' }] }))
    graph.observe(replicaSet, meta('rs'))
    take()
    graph.observe(replicaSet, meta('rs', { deleting: true, finalizers: ['foregroundDeletion'] }))
    expect(take()).toEqual(['delete p', 'delete rs'])
    graph.observe(replicaSet, meta('rs', { deleting: true, finalizers: ['foregroundDeletion'] }))
    expect(take()).toEqual([])
    graph.forget('p')
    expect(take()).toEqual(['delete rs'])
  })

  it('looks at a waiting owner when a dependent stops to block it or leaves it', () => {
    const { graph, take } = newGraph()
    graph.observe(pod, meta('p1', { owners: [{ name: 'rs' }] }))
    graph.observe(pod, meta('p2', { owners: [{ name: 'rs' }] }))
    graph.observe(replicaSet, meta('rs', { deleting: true, finalizers: ['foregroundDeletion'] }))
    take()
    graph.observe(pod, meta('p1', { owners: [{ name: 'rs', block: false }] }))
    expect(take()).toEqual(['delete rs'])
    graph.observe(pod, meta('p2'))
    expect(take()).toEqual(['delete rs'])
  })

  it('notices a foreground deletion of an object that nobody depends on', () => {
    const { graph, take } = newGraph()
    graph.observe(deployment, meta('d', { deleting: true, finalizers: ['foregroundDeletion'] }))
    expect(take()).toEqual(['delete d'])
  })

  it('orphans what is deleted with that wish', () => {
    const { graph, take } = newGraph()
    graph.observe(deployment, meta('d', { deleting: true, finalizers: ['orphan'] }))
    expect(take()).toEqual(['orphan d'])
  })

  it('looks at a dependent whose owner turns out to be in another namespace', () => {
    const { graph, take } = newGraph()
    graph.observe(pod, meta('p', { owners: [{ name: 'rs' }] }))
    take()
    graph.observe(replicaSet, meta('rs', { namespace: 'elsewhere' }))
    expect(take()).toEqual(['delete p'])
  })

  it('does not take an owner for gone because one dependent names it wrongly', () => {
    const { graph, take } = newGraph()
    graph.observe(pod, meta('wrong', { owners: [{ name: 'typo', uid: 'rs' }] }))
    graph.observe(pod, meta('right', { owners: [{ name: 'rs' }] }))
    take()
    const owner = graph.get('rs')
    if (owner) graph.vanished(owner)
    expect(take()).toEqual(['delete wrong', 'delete rs'])
    expect(graph.isAbsent({ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs' }, 'default')).toBe(false)
    expect(graph.get('rs')?.name).toBe('rs')
  })
})
