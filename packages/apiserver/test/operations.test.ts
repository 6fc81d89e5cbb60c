import { existsSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { apiVersionOf, type APIResource, resources } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

interface Operation {
  readonly method: string
  readonly path: string
}

/** The server's own log files, and groups that have no stable version; docs/compatibility.md names them. */
const leftOut = ['/logs/', '/logs/{logpath}', '/apis/internal.apiserver.k8s.io/', '/apis/storagemigration.k8s.io/']

const stable = resources.filter(({ version }) => /^v\d+$/.test(version))
const reference = new URL('../../../../shared/reference/kubernetes-1.36/operations.tsv', import.meta.url)
const methods: Readonly<Record<string, string>> = {
  create: 'POST',
  get: 'GET',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  list: 'GET',
  deletecollection: 'DELETE',
  connect: 'GET',
}

/** The operations of upstream's OpenAPI, without those of alpha and beta versions. */
function operations(): Operation[] {
  if (!existsSync(reference)) return fromTable()
  const rows = readFileSync(reference, 'utf8').trim().split('\n').slice(1)
  return rows.flatMap((row) => {
    const [method = '', path = ''] = row.split('\t')
    return /\/v\d+(alpha|beta)\d+\//.test(path) ? [] : { method, path }
  })
}

/** The same from the committed table, where the reference folder is not there. */
function fromTable(): Operation[] {
  return stable.flatMap((info) => {
    const base = `${info.group === '' ? '/api' : `/apis/${info.group}`}/${info.version}`
    const collection = `${base}/${info.namespaced ? 'namespaces/{namespace}/' : ''}${info.resource}`
    const operation = (verb: string, path: string) => {
      const method = methods[verb]
      return method === undefined ? [] : { method, path }
    }
    const ofCollection = ['create', 'list', 'deletecollection']
    return [
      ...info.verbs.flatMap((verb) =>
        operation(verb, ofCollection.includes(verb) ? collection : `${collection}/{name}`),
      ),
      ...info.subresources.flatMap(({ name, verbs }) =>
        verbs.flatMap((verb) => operation(verb, `${collection}/{name}/${name}`)),
      ),
    ]
  })
}

/** What comes back: the text only of an error, since watches do not end. */
async function ask({ method, path }: Operation): Promise<{ status: number; message: string }> {
  const filled = path.replace('{namespace}', 'default').replace(/\{\w+\}/g, 'absent')
  const body = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? undefined : '{}'
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  const query = method === 'DELETE' ? '?dryRun=All' : ''
  const outgoing = request(`${server.url}${filled}${query}`, {
    method,
    agent: false,
    headers: body === undefined ? {} : { 'content-type': type, 'content-length': body.length },
  })
  outgoing.end(body)
  const [answer]: IncomingMessage[] = await once(outgoing, 'response')
  if (!answer) throw new Error('no answer came')
  const status = answer.statusCode ?? 0
  if (status >= 400) return { status, message: await text(answer) }
  answer.destroy()
  return { status, message: '' }
}

/** Whether there is something behind the path: an object that is not there is not the same as a path that is not. */
const isUnserved = ({ status, message }: { status: number; message: string }) =>
  status === 405 ||
  status === 501 ||
  message.includes('the server could not find the requested resource') ||
  message.includes('404 page not found')

describe('every operation of the stable API', () => {
  it('has a route', async () => {
    const unserved = new Set<string>()
    for (const operation of operations()) if (isUnserved(await ask(operation))) unserved.add(operation.path)
    expect([...unserved].filter((path) => !leftOut.includes(path))).toEqual([])
  })

  it('is of a stable version: others are not found', async () => {
    for (const path of ['ipaddresses', 'ipaddresses/x', 'servicecidrs/x/status']) {
      const { status, message } = await ask({ method: 'GET', path: `/apis/networking.k8s.io/v1beta1/${path}` })
      expect([status, message]).toEqual([404, expect.stringContaining('could not find the requested resource')])
    }
  })

  it('that is not there is named in the list of what is missing', () => {
    const document = readFileSync(new URL('../../../docs/compatibility.md', import.meta.url), 'utf8')
    for (const name of ['/logs/', 'internal.apiserver.k8s.io', 'storagemigration.k8s.io']) {
      expect(document).toContain(`\`${name}\``)
    }
  })
})

describe('discovery', () => {
  it('names every stable resource with its verbs, and nothing else', async () => {
    const found: object[] = []
    const versions = new Map(stable.map((info) => [apiVersionOf(info), info.group]))
    for (const [apiVersion, group] of versions) {
      const { json } = await call(server, 'GET', `/${group === '' ? 'api' : 'apis'}/${apiVersion}`)
      const { resources: entries }: { resources: APIResource[] } = Object(json)
      found.push(...entries.map(({ name, kind, namespaced, verbs }) => ({ apiVersion, name, kind, namespaced, verbs })))
    }
    const wanted = stable.flatMap((info) => [
      { apiVersion: apiVersionOf(info), name: info.resource, ...partsOf(info, info) },
      ...info.subresources.map((sub) => ({
        apiVersion: apiVersionOf(info),
        name: `${info.resource}/${sub.name}`,
        ...partsOf(info, sub),
      })),
    ])
    expect(byName(found)).toEqual(byName(wanted))
  })

  it('leaves out alpha and beta versions', async () => {
    const { json } = await call(server, 'GET', '/apis')
    const { groups }: { groups: { versions: { version: string }[] }[] } = Object(json)
    const versions = new Set(groups.flatMap((group) => group.versions.map(({ version }) => version)))
    expect([...versions].sort()).toEqual(['v1', 'v2'])
  })
})

const proxyVerbs = ['create', 'delete', 'get', 'patch', 'update']

function partsOf(
  { namespaced }: { namespaced: boolean },
  { kind, verbs, name }: { kind: string; verbs: string[]; name?: string },
) {
  const own = name === 'proxy' ? proxyVerbs : ['create', 'get']
  return { kind, namespaced, verbs: verbs.includes('connect') ? own : verbs }
}

const byName = (entries: object[]) => entries.map((entry) => JSON.stringify(entry)).sort()
