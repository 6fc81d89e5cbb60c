import {
  AutoscalingV1HorizontalPodAutoscaler,
  CertificateSigningRequest,
  Event,
  EventsV1Event,
  HorizontalPodAutoscaler,
} from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

const namespace = 'default'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ user: { name: 'ann', groups: ['system:masters', 'system:authenticated'] } })
})
afterAll(() => server.close())

describe('events', () => {
  it('are the same objects in both of their forms', async () => {
    const { client } = server
    const regarding = { kind: 'Pod', name: 'p', namespace }
    await client.create(EventsV1Event, {
      metadata: { name: 'both', namespace },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reason: 'Started',
      action: 'Start',
      type: 'Normal',
      note: 'as asked',
      reportingController: 'example.com/c',
      reportingInstance: 'c-1',
      regarding,
    })
    const core = await client.get(Event, { namespace, name: 'both' })
    expect(core).toMatchObject({ message: 'as asked', involvedObject: regarding, reportingComponent: 'example.com/c' })
    await client.patch(Event, { namespace, name: 'both' }, { metadata: { labels: { seen: 'yes' } } }, { type: 'merge' })
    const { items } = await client.list(EventsV1Event, { namespace, fieldSelector: 'regarding.name=p' })
    expect(items).toMatchObject([{ note: 'as asked', metadata: { labels: { seen: 'yes' } } }])
    const selected = await client.list(Event, { namespace, fieldSelector: 'involvedObject.name=p,reason=Started' })
    expect(selected.items).toHaveLength(1)
  })

  it('of the newer form say who reports', async () => {
    const event = {
      metadata: { name: 'bad', namespace },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reason: 'R',
      action: 'A',
    }
    await expect(server.client.create(EventsV1Event, { ...event, regarding: { namespace } })).rejects.toThrow(
      /^Event "bad" is invalid: \[reportingController: Required value, .*, reportingInstance: Required value\]$/,
    )
  })
})

describe('autoscalers', () => {
  const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' }
  const cpu = (averageUtilization: number) => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  })

  it('of the older form have their target as a metric of the newer one', async () => {
    const { client } = server
    await client.create(AutoscalingV1HorizontalPodAutoscaler, {
      metadata: { name: 'older', namespace },
      spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
    })
    const newer = await client.get(HorizontalPodAutoscaler, { namespace, name: 'older' })
    expect(newer.spec).toEqual({ scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics: [cpu(60)] })
    const older = await client.get(AutoscalingV1HorizontalPodAutoscaler, { namespace, name: 'older' })
    expect(older.spec?.targetCPUUtilizationPercentage).toBe(60)
  })

  it('of the newer form lose nothing on the way through the older one', async () => {
    const { client } = server
    const memory = {
      type: 'Resource',
      resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
    }
    const created = await client.create(HorizontalPodAutoscaler, {
      metadata: { name: 'newer', namespace },
      spec: {
        scaleTargetRef,
        maxReplicas: 3,
        metrics: [cpu(50), memory],
        behavior: { scaleDown: { selectPolicy: 'Min' } },
      },
    })
    const older = await client.get(AutoscalingV1HorizontalPodAutoscaler, { namespace, name: 'newer' })
    expect(Object.keys(older.metadata.annotations ?? {}).sort()).toEqual([
      'autoscaling.alpha.kubernetes.io/behavior',
      'autoscaling.alpha.kubernetes.io/metrics',
    ])
    await client.update(AutoscalingV1HorizontalPodAutoscaler, {
      ...older,
      spec: { scaleTargetRef, maxReplicas: 5, minReplicas: 1, targetCPUUtilizationPercentage: 50 },
    })
    const { spec, metadata } = await client.get(HorizontalPodAutoscaler, { namespace, name: 'newer' })
    expect(spec).toEqual({ ...created.spec, maxReplicas: 5 })
    expect(metadata.annotations).toBeUndefined()
  })
})

describe('certificate signing requests', () => {
  const pem = '-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n'
  const name = 'csr'
  const approved = { type: 'Approved', status: 'True', reason: 'Checked' }

  it('say who asks, and are approved on their own path', async () => {
    const { client } = server
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: 'example.com/signer',
      usages: ['client auth'],
    }
    const created = await client.create(CertificateSigningRequest, {
      metadata: { name },
      spec: { ...spec, username: 'somebody else' },
    })
    expect(created.spec).toMatchObject({ username: 'ann', groups: ['system:masters', 'system:authenticated'] })

    const asking = { ...created, status: { conditions: [approved] } }
    const through = await client.update(CertificateSigningRequest, asking, { subresource: 'status' })
    expect(through.status?.conditions ?? []).toEqual([])

    const current = await client.get(CertificateSigningRequest, { name })
    const decided = await client.update(
      CertificateSigningRequest,
      { ...current, status: { conditions: [approved] } },
      { subresource: 'approval' },
    )
    expect(decided.status?.conditions).toMatchObject([{ ...approved, lastUpdateTime: expect.any(String) }])

    const denied = { ...decided, status: { conditions: [{ type: 'Denied', status: 'True' }] } }
    await expect(client.update(CertificateSigningRequest, denied, { subresource: 'approval' })).rejects.toThrow(
      'updates may not remove a condition of type "Approved"',
    )
  })
})
