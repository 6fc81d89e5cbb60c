import type { DaemonSet, Deployment, DeploymentStatus, StatefulSet } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { daemonSetStatus, deploymentStatus, statefulSetStatus } from './status.ts'

function aDeployment(status: DeploymentStatus, generation = 1): Deployment {
  const annotations = { 'deployment.kubernetes.io/revision': '2' }
  return {
    metadata: { name: 'web', generation, annotations },
    spec: { replicas: 3, selector: {}, template: {} },
    status: { observedGeneration: 1, ...status },
  }
}

describe('the status of a rollout', () => {
  it.each([
    { status: {}, generation: 2, want: 'Waiting for deployment spec update to be observed...' },
    {
      status: { updatedReplicas: 1 },
      want: 'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...',
    },
    {
      status: { updatedReplicas: 3, replicas: 4 },
      want: 'Waiting for deployment "web" rollout to finish: 1 old replicas are pending termination...',
    },
    {
      status: { updatedReplicas: 3, replicas: 3, availableReplicas: 2 },
      want: 'Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...',
    },
    {
      status: { updatedReplicas: 3, replicas: 3, availableReplicas: 3 },
      want: 'deployment "web" successfully rolled out',
      done: true,
    },
  ])('of a deployment: $want', ({ status, generation = 1, want, done = false }) => {
    expect(deploymentStatus(aDeployment(status, generation), 0)).toEqual({ message: `${want}\n`, done })
  })

  it('fails when a deployment is late, or at another revision', () => {
    const late = aDeployment({
      conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
    })
    expect(() => deploymentStatus(late, 0)).toThrow('deployment "web" exceeded its progress deadline')
    expect(() => deploymentStatus(aDeployment({}), 1)).toThrow(
      'desired revision (1) is different from the running revision (2)',
    )
  })

  it('of a daemon set counts nodes', () => {
    const set: DaemonSet = {
      metadata: { name: 'agent', generation: 1 },
      spec: { selector: {}, template: {}, updateStrategy: { type: 'RollingUpdate' } },
      status: {
        currentNumberScheduled: 2,
        desiredNumberScheduled: 2,
        numberMisscheduled: 0,
        numberReady: 1,
        observedGeneration: 1,
        updatedNumberScheduled: 2,
        numberAvailable: 1,
      },
    }
    expect(daemonSetStatus(set).message).toBe(
      'Waiting for daemon set "agent" rollout to finish: 1 of 2 updated pods are available...\n',
    )
    const onDelete: DaemonSet = { ...set, spec: { selector: {}, template: {}, updateStrategy: { type: 'OnDelete' } } }
    expect(() => daemonSetStatus(onDelete)).toThrow('rollout status is only available for RollingUpdate strategy type')
  })

  it('of a stateful set waits for pods, then for the revision', () => {
    const set: StatefulSet = {
      metadata: { name: 'db', generation: 1 },
      spec: { replicas: 2, selector: {}, template: {}, serviceName: 'db' },
      status: { replicas: 2, observedGeneration: 1, readyReplicas: 1 },
    }
    expect(statefulSetStatus(set).message).toBe('Waiting for 1 pods to be ready...\n')
    const status = {
      replicas: 2,
      observedGeneration: 1,
      readyReplicas: 2,
      updatedReplicas: 1,
      currentRevision: 'a',
      updateRevision: 'b',
    }
    expect(statefulSetStatus({ ...set, status }).message).toBe(
      'waiting for statefulset rolling update to complete 1 pods at revision b...\n',
    )
    const rollingUpdate = { partition: 0 }
    const defaulted = {
      ...set.spec,
      selector: {},
      template: {},
      updateStrategy: { type: 'RollingUpdate', rollingUpdate },
    }
    expect(statefulSetStatus({ ...set, spec: defaulted, status: { ...status, updatedReplicas: 2 } })).toEqual({
      message: 'partitioned roll out complete: 2 new pods have been updated...\n',
      done: true,
    })
    const done = { ...status, currentReplicas: 2, currentRevision: 'b' }
    expect(statefulSetStatus({ ...set, status: done })).toEqual({
      message: 'statefulset rolling update complete 2 pods at revision b...\n',
      done: true,
    })
  })
})
