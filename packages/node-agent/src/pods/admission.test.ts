import type { Node, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aContainerSpec, aPodObject } from '../../testing/builders.ts'
import { admitPod } from './admission.ts'

const allocatable = { cpu: '2', memory: '4Gi', 'ephemeral-storage': '10Gi', pods: '2' }
const node: Node = { metadata: { name: 'n', labels: { zone: 'a' } } }
const asking = (requests: Record<string, string>) => ({
  containers: [aContainerSpec('main', { resources: { requests } })],
})

function admit(spec: Partial<PodSpec>, others: Partial<PodSpec>[] = [], on: Node = node) {
  return admitPod(
    aPodObject(spec),
    on,
    allocatable,
    others.map((other) => aPodObject(other)),
  )
}

describe('a node', () => {
  it.each<{ name: string; spec: Partial<PodSpec>; others?: Partial<PodSpec>[] }>([
    { name: 'that asks for nothing', spec: {} },
    { name: 'that fits beside the others', spec: asking({ cpu: '1' }), others: [asking({ cpu: '1' })] },
    { name: 'that selects it', spec: { nodeSelector: { zone: 'a' } } },
    { name: 'for its system', spec: { os: { name: process.platform } } },
  ])('takes a pod $name', ({ spec, others }) => {
    expect(admit(spec, others)).toBeUndefined()
  })

  it.each<{ reason: string; message: string; spec: Partial<PodSpec>; others?: Partial<PodSpec>[]; on?: Node }>([
    {
      reason: 'OutOfpods',
      message: "Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2",
      spec: {},
      others: [{}, {}],
    },
    {
      reason: 'OutOfcpu',
      message: "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000",
      spec: asking({ cpu: '1500m' }),
      others: [asking({ cpu: '1' })],
    },
    {
      reason: 'OutOfmemory',
      message: "Node didn't have enough resource: memory, requested: 5368709120, used: 0, capacity: 4294967296",
      spec: asking({ memory: '5Gi' }),
    },
    {
      reason: 'NodeAffinity',
      message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
      spec: { nodeSelector: { zone: 'b' } },
    },
    {
      reason: 'NodePorts',
      message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
      spec: { hostNetwork: true, containers: [aContainerSpec('m', { ports: [{ containerPort: 80 }] })] },
      others: [{ containers: [aContainerSpec('m', { ports: [{ containerPort: 8080, hostPort: 80 }] })] }],
    },
    {
      reason: 'TaintToleration',
      message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
      spec: {},
      on: { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } },
    },
    {
      reason: 'PodOSNotSupported',
      message: "Failed to admit pod as the OS field doesn't match node OS",
      spec: { os: { name: 'plan9' } },
    },
  ])('refuses a pod with $reason', ({ reason, message, spec, others, on }) => {
    expect(admit(spec, others, on)).toEqual({
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
      rejected: true,
    })
  })
})
