import type { Container, Pod, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { setPodDefaults, setPodTemplateDefaults } from './defaults.ts'

const podWith = (spec: Partial<PodSpec>, container: Partial<Container> = {}): Pod => ({
  metadata: {},
  spec: { containers: [{ name: 'c', image: 'app:1', ...container }], ...spec },
})
const defaulted = (spec: Partial<PodSpec>, container: Partial<Container> = {}) => {
  const pod = podWith(spec, container)
  setPodDefaults(pod)
  return pod.spec
}
const firstContainer = (container: Partial<Container>) => defaulted({}, container)?.containers[0]

describe('the defaults of a pod', () => {
  it('fill a pod that says nothing but its container', () => {
    expect(defaulted({})).toEqual({
      containers: [
        {
          name: 'c',
          image: 'app:1',
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          resources: {},
        },
      ],
      dnsPolicy: 'ClusterFirst',
      restartPolicy: 'Always',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      enableServiceLinks: true,
    })
  })

  it('change nothing the second time', () => {
    const pod = podWith({ hostNetwork: true, volumes: [{ name: 'v' }] }, { ports: [{ containerPort: 80 }] })
    setPodDefaults(pod)
    const once = structuredClone(pod)
    setPodDefaults(pod)
    expect(pod).toEqual(once)
  })

  it('leave out of templates what only pods get', () => {
    const template = podWith({}, { resources: { limits: { cpu: '1' } } })
    setPodTemplateDefaults(template)
    expect(template.spec?.enableServiceLinks).toBeUndefined()
    expect(template.spec?.containers[0]?.resources).toEqual({ limits: { cpu: '1' } })
  })

  it('ask for the limit where nothing else is asked for', () => {
    const resources = { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }
    expect(firstContainer({ resources })?.resources?.requests).toEqual({ cpu: '500m', memory: '1Gi' })
  })

  it('round amounts up to thousandths', () => {
    const resources = { requests: { cpu: '100u', memory: '1Gi', 'ephemeral-storage': '0.0005' } }
    const want = { cpu: '1m', memory: '1Gi', 'ephemeral-storage': '1m' }
    expect(firstContainer({ resources })?.resources?.requests).toEqual(want)
  })

  it('give host ports to pods in the host’s network', () => {
    const spec = defaulted(
      { hostNetwork: true },
      { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 8081 }] },
    )
    expect(spec?.containers[0]?.ports).toEqual([
      { containerPort: 80, hostPort: 80, protocol: 'TCP' },
      { containerPort: 81, hostPort: 8081, protocol: 'TCP' },
    ])
  })

  it('write the service account’s name into its old field too', () => {
    expect(defaulted({ serviceAccount: 'robot' })).toMatchObject({
      serviceAccountName: 'robot',
      serviceAccount: 'robot',
    })
    expect(defaulted({ serviceAccountName: 'robot' })).toMatchObject({ serviceAccount: 'robot' })
  })

  it('fill probes and hooks', () => {
    const container = firstContainer({
      readinessProbe: { httpGet: { port: 80 } },
      livenessProbe: { grpc: { port: 81 }, periodSeconds: 3 },
      lifecycle: { preStop: { httpGet: { port: 80, path: '/stop', scheme: 'HTTPS' } } },
    })
    expect(container?.readinessProbe).toEqual({
      httpGet: { port: 80, path: '/', scheme: 'HTTP' },
      timeoutSeconds: 1,
      periodSeconds: 10,
      successThreshold: 1,
      failureThreshold: 3,
    })
    expect(container?.livenessProbe).toMatchObject({ grpc: { port: 81, service: '' }, periodSeconds: 3 })
    expect(container?.lifecycle?.preStop?.httpGet).toEqual({ port: 80, path: '/stop', scheme: 'HTTPS' })
  })

  it('say which version a field reference means', () => {
    const env = [{ name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }]
    expect(firstContainer({ env })?.env?.[0]?.valueFrom?.fieldRef?.apiVersion).toBe('v1')
  })

  it.each([
    { name: 'no source', volume: {}, want: { emptyDir: {} } },
    { name: 'hostPath', volume: { hostPath: { path: '/x' } }, want: { hostPath: { path: '/x', type: '' } } },
    {
      name: 'secret',
      volume: { secret: { secretName: 's' } },
      want: { secret: { secretName: 's', defaultMode: 420 } },
    },
    { name: 'configMap', volume: { configMap: { name: 'c' } }, want: { configMap: { name: 'c', defaultMode: 420 } } },
    {
      name: 'projected',
      volume: { projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
      want: {
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 3600 } }] },
      },
    },
    {
      name: 'downwardAPI',
      volume: { downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' } }] } },
      want: {
        downwardAPI: {
          defaultMode: 420,
          items: [{ path: 'p', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } }],
        },
      },
    },
    {
      name: 'ephemeral',
      volume: { ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'] } } } },
      want: {
        ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' } } },
      },
    },
  ])('fill a volume: $name', ({ volume, want }) => {
    expect(defaulted({ volumes: [{ name: 'v', ...volume }] })?.volumes).toEqual([{ name: 'v', ...want }])
  })

  it('take the pod’s own requests from its containers, else from its limits', () => {
    const resources = { limits: { cpu: '2', memory: '2Gi' } }
    const spec = defaulted({ resources }, { resources: { requests: { cpu: '500m' } } })
    expect(spec?.resources).toEqual({ ...resources, requests: { cpu: '500m', memory: '2Gi' } })
  })
})
