import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Kubectl, kubectl, uniqueName } from '../harness/cluster.ts'
import { type Running, start } from '../harness/run.ts'
import type { Manifest } from './validation/objects.ts'
import { type Row, validationRows } from './validation/rows.ts'

interface Discovery {
  resources: { name: string; kind: string; namespaced: boolean }[]
}

interface Answer {
  kind?: string
  code?: number
  reason?: string
  message?: string
}

/**
 * What the server accepts and what it refuses, in upstream's words: every row is a dry run, but for the objects that
 * rows about changes begin with. All of them go through one kubectl proxy.
 */
describe('validation', () => {
  const namespace = uniqueName('validation')
  const discovered = new Map<string, Promise<Discovery>>()
  const clusterWide: string[] = []
  let k: Kubectl
  let base: string
  let proxy: Running
  let answers: readonly Answer[]

  beforeAll(async () => {
    k = kubectl('1.36', namespace)
    await k.ok(['create', 'namespace', namespace])
    await k.ok(['wait', '--for=create', 'serviceaccount/default', '--timeout=30s'])
    const { file, args, env } = k.command
    proxy = start(file, [...args, 'proxy', '--port=0'], { env })
    const line = await proxy.line(/Starting to serve on \S+/)
    base = `http://${line.replace(/^.*serve on /, '').trim()}`
    answers = await Promise.all(validationRows.map(judge))
  })
  afterAll(async () => {
    await proxy.stop()
    if (clusterWide.length > 0) await k.ok(['delete', ...clusterWide])
    await k.ok(['delete', 'namespace', namespace, '--wait=false'])
  })

  async function request(method: string, path: string, body?: object): Promise<Answer> {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const options = body ? { body: JSON.stringify(body), headers: { 'Content-Type': type } } : {}
    const response = await fetch(`${base}${path}`, { method, ...options })
    return Object(await response.json())
  }

  async function collectionOf({
    apiVersion,
    kind,
  }: Manifest): Promise<{ path: string; name: string; namespaced: boolean }> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
    const discovery =
      discovered.get(root) ?? request('GET', root).then((found): Discovery => ({ resources: [], ...found }))
    discovered.set(root, discovery)
    const { resources } = await discovery
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes('/'))
    if (!found) throw new Error(`no resource for ${kind} in ${apiVersion}`)
    const { name, namespaced } = found
    return { path: `${root}${namespaced ? `/namespaces/${namespace}` : ''}/${name}`, name, namespaced }
  }

  async function judge({ object, change }: Row, index: number): Promise<Answer> {
    const { path, name: resource, namespaced } = await collectionOf(object)
    if (!change) return request('POST', `${path}?dryRun=All&fieldValidation=Strict`, object)
    const name = `${namespaced ? 'row' : namespace}-${index}`
    const created = await request('POST', path, { ...object, metadata: { ...object.metadata, name } })
    if (created.kind === 'Status') throw new Error(`the object to change was refused: ${created.message}`)
    if (!namespaced) clusterWide.push(`${resource}/${name}`)
    return request('PATCH', `${path}/${name}?dryRun=All`, change)
  }

  it.each(validationRows.map((row, i) => ({ ...row, i })))('$name', ({ i, name, want, object, change }) => {
    const row: Row = { name, object, ...(change ? { change } : {}), ...(want === undefined ? {} : { want }) }
    expect(complaint(row, answers[i] ?? {})).toBeUndefined()
  })
})

function complaint({ want }: Row, { kind, code, message = '' }: Answer): string | undefined {
  if (want === undefined) return kind === 'Status' ? `refused: ${message}` : undefined
  if (kind !== 'Status' || code !== 422) return `not refused as invalid: ${kind} ${message}`
  const words = message.replace(/^.*? is invalid: /, '')
  // Pictures of what has changed follow on lines of their own, and are nobody's promise.
  const said = words.split('\n')[0] ?? ''
  const right = typeof want === 'string' ? said === want : want.test(said)
  return right ? undefined : `said ${said}\nwant ${want}`
}
