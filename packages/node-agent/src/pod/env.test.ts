import type { EnvVar, Service } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aContainerSpec, aPodObject } from '../../testing/builders.ts'
import { type EnvSources, containerEnv, expand } from './env.ts'
import { parseEnvFile } from './env-file.ts'
import { podField, resourceField } from './field-ref.ts'
import { hostsFile } from './hosts-file.ts'
import { serviceEnv } from './service-env.ts'

const facts = { podIP: '10.0.0.1', hostIP: '10.0.0.2', allocatable: { cpu: '4', memory: '8Gi' } }
const sources: EnvSources = {
  ...facts,
  services: new Map([['DB_SERVICE_HOST', '10.1.1.1']]),
  configMap: async (name) => (name === 'conf' ? { metadata: {}, data: { a: '1' } } : undefined),
  secret: async (name) =>
    name === 'keys' ? { metadata: {}, data: { k: Buffer.from('s3cret').toString('base64') } } : undefined,
  volumeFile: async () => 'KEY="from a file"\n',
}

async function env(variables: EnvVar[], more = {}): Promise<Record<string, string>> {
  const container = aContainerSpec('main', { env: variables, ...more })
  return Object.fromEntries(await containerEnv(aPodObject({ containers: [container] }), container, sources))
}

describe('the environment of a container', () => {
  it('expands variables that come before, and services', async () => {
    const made = await env([
      { name: 'A', value: 'x' },
      { name: 'B', value: '$(A)/$(DB_SERVICE_HOST)/$(C)/$$(A)' },
      { name: 'C', value: 'later' },
    ])
    expect(made).toEqual({ A: 'x', B: 'x/10.1.1.1/$(C)/$(A)', C: 'later', DB_SERVICE_HOST: '10.1.1.1' })
  })

  it('lets its own variables win over envFrom and services', async () => {
    const envFrom = [
      { configMapRef: { name: 'conf' } },
      { prefix: 'S_', secretRef: { name: 'keys' } },
      { configMapRef: { name: 'none', optional: true } },
    ]
    expect(
      await env(
        [
          { name: 'DB_SERVICE_HOST', value: 'mine' },
          { name: 'a', value: 'own' },
        ],
        { envFrom },
      ),
    ).toEqual({
      DB_SERVICE_HOST: 'mine',
      a: 'own',
      S_k: 's3cret',
    })
  })

  it('reads a key of a file', async () => {
    const fileKeyRef = { volumeName: 'v', path: 'f', key: 'KEY' }
    expect(await env([{ name: 'F', valueFrom: { fileKeyRef } }])).toMatchObject({ F: 'from a file' })
  })

  it.each([
    { from: { configMapKeyRef: { name: 'none', key: 'a' } }, message: 'configmap "none" not found' },
    { from: { configMapKeyRef: { name: 'conf', key: 'b' } }, message: "couldn't find key b in ConfigMap default/conf" },
    { from: { secretKeyRef: { name: 'none', key: 'a' } }, message: 'secret "none" not found' },
    { from: { secretKeyRef: { name: 'keys', key: 'b' } }, message: "couldn't find key b in Secret default/keys" },
    { from: { fieldRef: { fieldPath: 'status.phase' } }, message: 'unsupported fieldPath: status.phase' },
  ])('cannot be made: $message', async ({ from, message }) => {
    await expect(env([{ name: 'X', valueFrom: from }])).rejects.toThrow(message)
  })
})

describe('a reference in a text', () => {
  it.each([
    ['$(A)', '1'],
    ['$(A)$(A)', '11'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$1'],
    ['$(NONE)', '$(NONE)'],
    ['$A', '$A'],
    ['$', '$'],
    ['$(A', '$(A'],
  ])('%s becomes %s', (text, want) => {
    expect(expand(text, (name) => (name === 'A' ? '1' : undefined))).toBe(want)
  })
})

describe('variables of services', () => {
  const service = (name: string, namespace: string, clusterIP = '10.1.0.1'): Service => ({
    metadata: { name, namespace },
    spec: {
      clusterIP,
      ports: [
        { name: 'http', port: 80 },
        { name: 'dns-udp', port: 53, protocol: 'UDP' },
      ],
    },
  })

  it('are those of the own namespace, and the API server', () => {
    const all = [
      service('my-web', 'a'),
      service('other', 'b'),
      service('kubernetes', 'default'),
      service('headless', 'a', 'None'),
    ]
    const names = [...serviceEnv(all, 'a', true).keys()].filter((name) => name.endsWith('_SERVICE_HOST'))
    expect(names).toEqual(['MY_WEB_SERVICE_HOST', 'KUBERNETES_SERVICE_HOST'])
    expect([...serviceEnv(all, 'a', false).keys()].every((name) => name.startsWith('KUBERNETES_'))).toBe(true)
  })

  it('name every port', () => {
    expect(Object.fromEntries(serviceEnv([service('my-web', 'a')], 'a', true))).toEqual({
      MY_WEB_SERVICE_HOST: '10.1.0.1',
      MY_WEB_SERVICE_PORT: '80',
      MY_WEB_SERVICE_PORT_HTTP: '80',
      MY_WEB_SERVICE_PORT_DNS_UDP: '53',
      MY_WEB_PORT: 'tcp://10.1.0.1:80',
      MY_WEB_PORT_80_TCP: 'tcp://10.1.0.1:80',
      MY_WEB_PORT_80_TCP_PROTO: 'tcp',
      MY_WEB_PORT_80_TCP_PORT: '80',
      MY_WEB_PORT_80_TCP_ADDR: '10.1.0.1',
      MY_WEB_PORT_53_UDP: 'udp://10.1.0.1:53',
      MY_WEB_PORT_53_UDP_PROTO: 'udp',
      MY_WEB_PORT_53_UDP_PORT: '53',
      MY_WEB_PORT_53_UDP_ADDR: '10.1.0.1',
    })
  })
})

describe('the downward API', () => {
  const pod = aPodObject({ nodeName: 'n', serviceAccountName: 'sa' })
  pod.metadata.labels = { b: 'two "quoted"', a: 'one' }
  pod.metadata.annotations = { 'x/y': 'z' }
  it.each([
    ['metadata.name', 'web'],
    ['metadata.uid', 'u1'],
    ['metadata.labels', 'a="one"\nb="two \\"quoted\\""'],
    ["metadata.labels['a']", 'one'],
    ["metadata.annotations['x/y']", 'z'],
    ["metadata.annotations['none']", ''],
    ['spec.nodeName', 'n'],
    ['spec.serviceAccountName', 'sa'],
    ['status.podIP', '10.0.0.1'],
    ['status.hostIP', '10.0.0.2'],
    ['spec.containers', undefined],
  ])('gives %s', (path, want) => {
    expect(podField(pod, path, facts)).toBe(want)
  })

  const container = aContainerSpec('c', {
    resources: { requests: { cpu: '250m', memory: '1Gi' }, limits: { memory: '1500Mi' } },
  })
  it.each([
    ['requests.cpu', undefined, '1'],
    ['requests.cpu', '1m', '250'],
    ['requests.memory', '1Mi', '1024'],
    ['limits.memory', '1Gi', '2'],
    ['limits.cpu', undefined, '4'],
    ['requests.ephemeral-storage', undefined, '0'],
  ])('gives %s in units of %s', (resource, divisor, want) => {
    expect(resourceField(container, resource, divisor, facts)).toBe(want)
  })
})

describe('the hosts file of a pod', () => {
  it('names the pod, its domain and its aliases', () => {
    const pod = aPodObject({ subdomain: 'sub', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] })
    const text = hostsFile(pod, 'web', '10.0.0.1', '')
    expect(text.split('\n')[0]).toBe('# Kubernetes-managed hosts file.')
    expect(text).toContain('\n10.0.0.1\tweb.sub.default.svc.cluster.local\tweb\n')
    expect(text).toContain('\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n')
  })

  it('is the node’s for a pod of the node’s network', () => {
    const text = hostsFile(aPodObject({ hostNetwork: true }), 'node', '', '127.0.0.1 localhost\n')
    expect(text).toBe('# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n')
  })
})

describe('a file of variables', () => {
  it('is read line by line', () => {
    expect([...parseEnvFile('# no\nA=1\nB="two words"\n bad line\nC=\'x\'\n')]).toEqual([
      ['A', '1'],
      ['B', 'two words'],
      ['C', 'x'],
    ])
  })
})
