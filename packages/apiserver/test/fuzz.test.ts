import { request as send } from 'node:http'
import { type Clock, type LogFields, type Logger, realClock } from '@wherry/component-base'
import type { Storage } from '@wherry/storage'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { callInMemory, type MemoryRequest } from '../testing/in-memory.ts'
import { corpus, customDefinition, customPath } from './fuzz/corpus.ts'
import { plan, requestOf } from './fuzz/mutations.ts'

/** How many requests there are, and what they come from; another seed gives others. */
const runs = Number(process.env.FUZZ_RUNS ?? 100_000)
const seed = Number(process.env.FUZZ_SEED ?? 20_260_401)
const overSockets = Math.min(2000, runs)
/** Longer than any answer may take, in milliseconds. */
const patience = 20_000

/** The server's waits are short, so that a version that does not come is not waited for. */
const quick: Clock = { now: () => realClock.now(), setTimer: (ms, fire) => realClock.setTimer(ms / 100, fire) }

let server: TestServer
let logged: LogFields[] = []
beforeAll(async () => {
  const record = (message: string, fields?: LogFields) => {
    logged.push({ message, ...fields })
  }
  const logger: Logger = { debug() {}, info() {}, warn: record, error: record, with: () => logger }
  server = await startTestServer({ logger, clock: quick })
  await post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', customDefinition)
  while ((await callInMemory(server.server, { method: 'GET', url: customPath })).status !== 200);
  for (const { method, path, body } of corpus) if (method === 'POST' && body) await post(path, body)
})
afterAll(() => server.close())

const post = (url: string, body: object) =>
  callInMemory(server.server, {
    method: 'POST',
    url,
    headers: [['Content-Type', 'application/json']],
    body: Buffer.from(JSON.stringify(body)),
  })

/** What upstream itself answers 5xx for, by what it says. */
const upstreams: readonly (readonly [status: number, text: RegExp])[] = [
  // A version that is no number, for gets and watches, and one on an object to be created.
  [500, /strconv\.ParseUint/],
  [500, /resourceVersion should not be set on objects to be created/],
  // Configurations that are not of the kind's types: only what decodes is checked before they are applied.
  [500, /failed to create typed patch object/],
  [500, /failed to convert new object/],
  // Directives of strategic merge patches that make no sense.
  [
    500,
    /The order in patch list|unknown patch type|expected a (map|\[\])|does not contain declared merge key|list element types are not/,
  ],
  [500, /the spec replicas field ".*" does not exist/],
  // A version that does not come.
  [504, /Too large resource version/],
]

function isUpstreams({ method, url }: MemoryRequest, status: number, text: string): boolean {
  // Kubelets and endpoints that cannot be reached.
  if (status === 503) return /\/(proxy|log|exec|attach|portforward)/.test(url)
  // Nothing says why; what is the server's own fault is logged.
  if (method === 'HEAD') return logged.length === 0
  const plain = text.replace(/\\"|''/g, '"').replace(/\n\s+/g, ' ')
  return upstreams.some(([code, pattern]) => code === status && pattern.test(plain))
}

/** Keys whose value is another than before; what was reserved and released again is the same. */
async function changedSince(storage: Storage, before: number): Promise<string[]> {
  const first = new Map<string, Uint8Array | undefined>()
  const last = new Map<string, Uint8Array | undefined>()
  for await (const events of storage.history('/registry/', before, storage.revision())) {
    for (const { key, value, previous } of events) {
      if (!first.has(key)) first.set(key, previous)
      last.set(key, value)
    }
  }
  return [...last.keys()].filter((key) => {
    const [from, to] = [first.get(key), last.get(key)]
    return from === undefined || to === undefined ? from !== to : Buffer.compare(from, to) !== 0
  })
}

/** Whether the server's own controllers may have written there, as they note conditions later on. */
function isOwnWrite({ url }: MemoryRequest, key: string): boolean {
  const resource = /^\/registry\/[^/]+\/(customresourcedefinitions|apiservices|servicecidrs|ipaddresses)\//.exec(
    key,
  )?.[1]
  return resource !== undefined && !url.includes(resource)
}

/** Fails when the same thing is at hand for longer than the patience lasts. */
function watchdog() {
  const state = { current: 'the start', seen: '', stop: () => {} }
  const hang = new Promise<never>((_, reject) => {
    const look = () => {
      if (state.seen === state.current) return reject(new Error(`no answer to ${state.current}`))
      state.seen = state.current
      state.stop = realClock.setTimer(patience, look)
    }
    look()
  })
  hang.catch(() => {})
  return { state, hang }
}

const statuses = new Map<number, number>()

/** One request and what must hold of its answer. */
async function check(request: MemoryRequest, answer: () => Promise<{ status: number; body: Buffer }>): Promise<void> {
  const before = server.storage.revision()
  logged = []
  const { status, body } = await answer()
  statuses.set(status, (statuses.get(status) ?? 0) + 1)
  if (status < 400) return
  const text = body.toString('utf8')
  if (status >= 500 && !isUpstreams(request, status, text)) {
    throw new Error(`${status} came: ${text.slice(0, 500)}\n${describeRequest(request)}\n${describeLog()}`)
  }
  // The write is done when its answer turns out to have no such form: as upstream.
  if (status === 406 && /you requested PartialObjectMetadata/.test(text)) return
  if (server.storage.revision() === before) return
  const keys = (await changedSince(server.storage, before)).filter((key) => !isOwnWrite(request, key))
  if (keys.length > 0) {
    throw new Error(`${keys.join()} changed, though ${status} came: ${text.slice(0, 300)}\n${describeRequest(request)}`)
  }
}

describe(`requests that are nearly right (seed ${seed})`, () => {
  it(`are answered, ${runs} of them, without 5xx, and leave the store alone where they are refused`, async () => {
    const { state, hang } = watchdog()
    const heap: number[] = []
    let count = 0
    const property = fc.asyncProperty(plan, async (wanted) => {
      const request = requestOf(wanted)
      state.current = `request ${++count}: ${request.method} ${request.url}`
      await check(request, () => Promise.race([callInMemory(server.server, request), hang]))
      if (count % 1000 === 0) heap.push(process.memoryUsage().heapUsed)
    })
    try {
      await fc.assert(property, { numRuns: runs, seed, interruptAfterTimeLimit: 580_000, markInterruptAsFailure: true })
    } finally {
      state.stop()
    }
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 404, 405, 406, 409, 415, 422]))
    // Between two collections the heap grows; what stays is what counts.
    const half = heap.length >> 1
    const grown = Math.min(...heap.slice(half)) - Math.min(...heap.slice(0, half))
    expect(half === 0 ? 0 : grown).toBeLessThan(150 * 1024 * 1024)
  }, 600_000)

  it(`are answered over a socket, too: ${overSockets} of them`, async () => {
    const { state, hang } = watchdog()
    const property = fc.asyncProperty(plan, async (wanted) => {
      const request = requestOf(wanted)
      if (!isSendable(request)) return
      state.current = `${request.method} ${request.url} over a socket`
      await check(request, () => Promise.race([overSocket(request), hang]))
    })
    try {
      await fc.assert(property, { numRuns: overSockets, seed: seed + 1 })
    } finally {
      state.stop()
    }
    expect((await callInMemory(server.server, { method: 'GET', url: '/api/v1/namespaces/default' })).status).toBe(200)
  }, 120_000)
})

/** Node's own client refuses to send what is no URL, and leaves HTTP when it is asked to. */
function isSendable({ url, headers = [] }: MemoryRequest): boolean {
  return !/[^\x21-\xff]/.test(url) && !headers.some(([name]) => name === 'Upgrade')
}

function overSocket({ method, url, headers = [], body }: MemoryRequest): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(server.url)
    const outgoing = send({ port, host: '127.0.0.1', method, path: url, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      const done = () => {
        resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) })
        answer.destroy()
      }
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', done)
      answer.on('error', done)
      // A watch has begun: more may come, or not.
      if (answer.headers['content-length'] === undefined && answer.statusCode === 200) done()
    })
    for (const [name, value] of headers) outgoing.setHeader(name, value)
    if (body) outgoing.setHeader('Content-Length', body.length)
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function describeRequest({ method, url, headers, body }: MemoryRequest): string {
  const text = body ? ` ${JSON.stringify(Buffer.from(body).toString('latin1').slice(0, 3000))}` : ''
  return `${method} ${url} ${JSON.stringify(headers)}${text}`
}

function describeLog(): string {
  return logged.map(({ message, stack, error }) => `${String(message)}: ${String(stack ?? error ?? '')}`).join('\n')
}
