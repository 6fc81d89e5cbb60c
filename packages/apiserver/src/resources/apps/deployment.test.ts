import type { Deployment, DeploymentSpec } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { deployments } from './deployment.ts'

const labels = { app: 'web' }

function aDeployment(spec: Partial<DeploymentSpec> = {}): Deployment {
  const deployment: Deployment = {
    metadata: { name: 'd' },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'app:1' }] } },
      ...spec,
    },
  }
  deployments.setDefaults?.(deployment)
  return deployment
}
const errorsOf = (spec: Partial<DeploymentSpec>) =>
  (deployments.validate?.(deepFreeze(aDeployment(spec))) ?? []).map(formatFieldError)

describe('a Deployment', () => {
  it('gets upstream’s defaults', () => {
    expect(aDeployment().spec).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      template: { spec: { restartPolicy: 'Always', containers: [{ imagePullPolicy: 'IfNotPresent' }] } },
    })
  })

  it('keeps zero replicas, and has no rolling update when it recreates', () => {
    expect(aDeployment({ replicas: 0, strategy: { type: 'Recreate' } }).spec).toMatchObject({
      replicas: 0,
      strategy: { type: 'Recreate' },
    })
  })

  it.each<{ name: string; spec: Partial<DeploymentSpec>; want: string[] }>([
    { name: 'is valid as it is', spec: {}, want: [] },
    {
      name: 'has no less than no replicas',
      spec: { replicas: -1 },
      want: ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    },
    {
      name: 'selects something',
      spec: { selector: {} },
      want: ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
    },
    {
      name: 'selects its own pods',
      spec: { selector: { matchLabels: { app: 'db' } } },
      want: [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    },
    {
      name: 'restarts its pods always',
      spec: {
        template: {
          metadata: { labels },
          spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'app:1' }] },
        },
      },
      want: ['spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'],
    },
    {
      name: 'moves at all',
      spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } },
      want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0'],
    },
    {
      name: 'loses no more than all',
      spec: { strategy: { rollingUpdate: { maxUnavailable: '101%' } } },
      want: ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
    },
    {
      name: 'has no rolling update when it recreates',
      spec: { strategy: { type: 'Recreate', rollingUpdate: {} } },
      want: ["spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"],
    },
    {
      name: 'has a deadline after its pods are ready',
      spec: { minReadySeconds: 10, progressDeadlineSeconds: 10 },
      want: ['spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds'],
    },
  ])('$name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })

  it('needs a selector and a template', () => {
    const bare: Deployment = { metadata: { name: 'd' } }
    deployments.setDefaults?.(bare)
    expect((deployments.validate?.(bare) ?? []).map(formatFieldError)).toEqual([
      'spec.selector: Required value',
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
      'spec.template.spec.containers: Required value',
    ])
  })

  it('keeps its selector', () => {
    const errors = deployments.validateUpdate?.(
      aDeployment({ selector: { matchLabels: { app: 'db' } } }),
      aDeployment(),
    )
    expect(errors?.map(formatFieldError)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"db"}}: field is immutable',
    ])
  })

  it('shows how many of its pods are ready', () => {
    const deployment = {
      ...aDeployment({ replicas: 3 }),
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    }
    const cells = deployments.columns?.map((column) => column.value(deployment, 0))
    expect(cells?.slice(1, 4)).toEqual(['2/3', 3, 1])
    expect(cells?.slice(5)).toEqual(['c', 'app:1', 'app=web'])
  })

  it('counts no more ready pods than there are', () => {
    const status = { ...aDeployment(), status: { replicas: 1, readyReplicas: 2 } }
    expect(deployments.status?.validateUpdate?.(status, aDeployment()).map(formatFieldError)).toEqual([
      'status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas',
    ])
  })
})
