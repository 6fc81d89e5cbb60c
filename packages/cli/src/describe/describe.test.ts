import type { EndpointSlice, Event, Secret } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { describeSecret } from './config.ts'
import { describeEvents } from './events.ts'
import { titleOf } from './generic.ts'
import { Lines, localTime, renderLines } from './lines.ts'
import { describeAnnotations, describeLabels, describeTolerations } from './metadata.ts'
import { endpointsText } from './network.ts'
import { describePodTemplate } from './pod-template.ts'
import { flattenRules } from './rbac.ts'

describe('a description', () => {
  it('shows labels, annotations and tolerations one below the other', () => {
    const text = renderLines((lines) => {
      describeLabels(lines, 'Labels', { b: '2', a: '1' })
      describeAnnotations(lines, 'Annotations', { note: 'x', 'kubectl.kubernetes.io/last-applied-configuration': '{}' })
      describeAnnotations(lines, 'More', { long: 'a\nb' })
      describeTolerations(lines, 'Tolerations', [
        { key: 'z', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'a', value: 'b', effect: 'NoSchedule' },
        { operator: 'Exists' },
      ])
      describeLabels(lines, 'Node-Selectors')
    })
    expect(text).toBe(
      [
        'Labels:          a=1',
        '                 b=2',
        'Annotations:     note: x',
        'More:            long:',
        '                   a',
        '                   b',
        'Tolerations:     op=Exists',
        '                 a=b:NoSchedule',
        '                 z:NoExecute op=Exists for 300s',
        'Node-Selectors:  <none>',
        '',
      ].join('\n'),
    )
  })

  it('lays out the pods that a workload makes', () => {
    const text = renderLines((lines) =>
      describePodTemplate(lines, {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              name: 'web',
              image: 'web:1',
              command: ['serve', '-v'],
              ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }],
              resources: { limits: { memory: '1Gi' } },
              env: [
                { name: 'A', value: 'b' },
                { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              ],
              readinessProbe: {
                httpGet: { path: '/ready', port: 'http', scheme: 'HTTP' },
                periodSeconds: 5,
                timeoutSeconds: 1,
                successThreshold: 1,
                failureThreshold: 3,
              },
              volumeMounts: [{ name: 'cfg', mountPath: '/cfg', readOnly: true, subPath: 'x' }],
            },
          ],
          volumes: [{ name: 'cfg', configMap: { name: 'cm' } }],
        },
      }),
    )
    expect(text).toBe(`Pod Template:
  Labels:  app=web
  Containers:
   web:
    Image:       web:1
    Ports:       80/TCP (http), 81/TCP
    Host Ports:  0/TCP (http), 0/TCP
    Command:
      serve
      -v
    Limits:
      memory:   1Gi
    Readiness:  http-get http://:http/ready delay=0s timeout=1s period=5s #success=1 #failure=3
    Environment:
      A:  b
      S:  <set to the key 'k' in secret 's'>  Optional: false
    Mounts:
      /cfg from cfg (ro,path="x")
  Volumes:
   cfg:
    Type:          ConfigMap (a volume populated by a ConfigMap)
    Name:          cm
    Optional:      false
  Node-Selectors:  <none>
  Tolerations:     <none>
`)
  })

  it('ends with events, the oldest first, in columns of their own', () => {
    const now = Date.parse('2026-01-01T01:00:00Z')
    const event = (reason: string, minutes: number, more: Partial<Event> = {}): Event => ({
      metadata: {},
      involvedObject: {},
      type: 'Normal',
      reason,
      message: `${reason} it\n`,
      source: { component: 'kubelet' },
      firstTimestamp: new Date(now - minutes * 60_000).toISOString(),
      lastTimestamp: new Date(now - minutes * 60_000).toISOString(),
      ...more,
    })
    const repeated = event('BackOff', 30, {
      count: 5,
      type: 'Warning',
      lastTimestamp: new Date(now - 60_000).toISOString(),
    })
    const text = renderLines((lines) => describeEvents(lines, [repeated, event('Started', 10)], now))
    expect(text).toBe(
      'Events:\n  Type     Reason   Age                From     Message\n  ----     ------   ----               ----     -------\n' +
        '  Normal   Started  10m                kubelet  Started it\n  Warning  BackOff  60s (x5 over 30m)  kubelet  BackOff it\n',
    )
    expect(renderLines((lines) => describeEvents(lines, [], now))).toBe('Events:  <none>\n')
    expect(renderLines((lines) => describeEvents(lines, undefined, now))).toBe('')
  })

  it('of a secret tells sizes, never values', () => {
    const secret: Secret = { metadata: { name: 's', namespace: 'ns' }, type: 'Opaque', data: { key: 'aHVzaA==' } }
    const text = renderLines((lines) => describeSecret(lines, secret))
    expect(text).toContain('\nData\n====\nkey:  4 bytes\n')
    expect(text).not.toContain('hush')
  })

  it('writes times in the zone of the machine', () => {
    expect(localTime('2026-11-24T14:40:05Z')).toMatch(/^\w{3}, \d\d Nov 2026 \d\d:\d\d:05 [+-]\d{4}$/)
    expect(localTime(undefined)).toBe('Mon, 01 Jan 0001 00:00:00 +0000')
  })

  it.each([
    ['lastTransitionTime', 'Last Transition Time'],
    ['apiVersion', 'API Version'],
    ['clusterIP', 'Cluster IP'],
    ['uid', 'UID'],
    ['kind', 'Kind'],
    ['a-b', 'a-b'],
  ])('of an unknown kind calls %s %s', (key, want) => {
    expect(titleOf(key)).toBe(want)
  })

  it('keeps blocks apart', () => {
    const lines = new Lines()
    lines.line(0, 'A:\t1')
    lines.flush()
    lines.line(1, 'Longer name:\t2')
    expect(lines.toString()).toBe('A:  1\n  Longer name:  2\n')
  })
})

describe('the endpoints of a service', () => {
  const slice = (count: number): EndpointSlice => ({
    metadata: {},
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 80 }],
    endpoints: [
      ...Array.from({ length: count }, (_, at) => ({ addresses: [`10.0.0.${at + 1}`] })),
      { addresses: ['10.0.0.99'], conditions: { ready: false } },
    ],
  })

  it.each([
    { slices: [], want: '<none>' },
    { slices: [slice(0)], want: '' },
    { slices: [slice(2)], want: '10.0.0.1:80,10.0.0.2:80' },
    { slices: [slice(5)], want: '10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...' },
  ])('are $want', ({ slices, want }) => {
    expect(endpointsText(slices, 'http')).toBe(want)
  })
})

describe('rules of a role', () => {
  it('are taken apart, and those of one resource put together', () => {
    expect(
      flattenRules([
        { apiGroups: ['', 'apps'], resources: ['pods', 'deployments/scale'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] },
        { apiGroups: [''], resources: ['secrets'], resourceNames: ['a'], verbs: ['get'] },
        { nonResourceURLs: ['/healthz'], verbs: ['get'] },
      ]).map(({ resource, names, paths, verbs }) => [resource, names, paths, verbs]),
    ).toEqual([
      ['pods', '[]', '[]', '[get list]'],
      ['', '[]', '[/healthz]', '[get]'],
      ['deployments/scale', '[]', '[]', '[get]'],
      ['secrets', '[a]', '[]', '[get]'],
      ['deployments.apps/scale', '[]', '[]', '[get]'],
      ['pods.apps', '[]', '[]', '[get]'],
    ])
  })
})
