import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const involved = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** What upstream lets each kind be selected by, beyond its name; `pkg/apis/<group>/v1/conversion.go`. */
const fields: Readonly<Record<string, readonly string[]>> = {
  '/api/v1/pods': [
    'metadata.namespace',
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
    'spec.host',
  ],
  '/api/v1/nodes': ['spec.unschedulable'],
  '/api/v1/replicationcontrollers': ['metadata.namespace', 'status.replicas'],
  '/api/v1/events': [
    'metadata.namespace',
    ...involved.map((name) => `involvedObject.${name}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  '/apis/events.k8s.io/v1/events': [
    'metadata.namespace',
    ...involved.map((name) => `regarding.${name}`),
    'reason',
    'reportingController',
    'source',
    'type',
  ],
  '/api/v1/namespaces': ['status.phase'],
  '/api/v1/secrets': ['metadata.namespace', 'type'],
  '/api/v1/services': ['metadata.namespace', 'spec.clusterIP', 'spec.type'],
  '/apis/batch/v1/jobs': ['metadata.namespace', 'status.successful'],
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': ['spec.signerName'],
  '/apis/resource.k8s.io/v1/resourceslices': ['spec.nodeName', 'spec.driver'],
}

/** Kinds with no more than their names to select by. */
const plain = ['/api/v1/persistentvolumeclaims', '/api/v1/persistentvolumes', '/apis/apps/v1/deployments']

const rows = Object.entries(fields).flatMap(([path, names]) => names.map((name) => [path, name] as const))
const select = (path: string, field: string) => call(server, 'GET', `${path}?fieldSelector=${field}%3Dx`)

describe('a field selector', () => {
  it.each([...rows, ...plain.map((path) => [path, 'metadata.namespace'] as const)])(
    'of %s takes %s',
    async (path, field) => {
      expect((await select(path, field)).status).toBe(200)
      expect((await select(path, 'metadata.name')).status).toBe(200)
    },
  )

  it.each(Object.keys(fields))('of %s takes no other field', async (path) => {
    const { status, json } = await select(path, 'spec.other')
    const where = path.endsWith('resourceslices') ? ' for resource.k8s.io/v1, Kind=ResourceSlice' : ''
    expect([status, json.message]).toEqual([400, `field label not supported${where}: spec.other`])
  })

  it.each(['/api/v1/nodes', '/api/v1/namespaces', '/apis/resource.k8s.io/v1/resourceslices'])(
    'of %s takes no namespace, as there is none',
    async (path) => {
      expect((await select(path, 'metadata.namespace')).json.message).toMatch(/^field label not supported/)
    },
  )

  it.each(plain)('of %s takes names only', async (path) => {
    expect((await select(path, 'name')).json.message).toBe(
      '"name" is not a known field selector: only "metadata.name", "metadata.namespace"',
    )
  })
})
