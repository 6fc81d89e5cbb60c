import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2'
import { realClock } from '@wherry/component-base'
import { afterEach, describe, expect, it } from 'vitest'
import { probeGRPC } from './grpc.ts'

let server: Http2Server | undefined
const sessions = new Set<ServerHttp2Session>()

afterEach(async () => {
  for (const session of sessions) session.destroy()
  sessions.clear()
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)))
})

/** A health service that answers with a status, or fails with a code of gRPC; resolves with its port. */
async function aHealthService(answer: { status?: number; code?: number }, asked: string[] = []): Promise<number> {
  server = createServer()
  server.on('session', (session) => sessions.add(session))
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      asked.push(`${headers[':path']} ${Buffer.concat(chunks).subarray(7).toString()}`)
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': String(answer.code ?? 0), 'grpc-message': 'no' }),
      )
      stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, answer.status ?? 0]))
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const probe = (port: number, service = '') => probeGRPC({ host: '127.0.0.1', port, service }, realClock, 2000)

describe('a gRPC probe', () => {
  it('asks for its service and is content when that serves', async () => {
    const asked: string[] = []
    expect(await probe(await aHealthService({ status: 1 }, asked), 'my.service')).toEqual({ ok: true, output: '' })
    expect(asked).toEqual(['/grpc.health.v1.Health/Check my.service'])
  })

  it.each([
    { answer: { status: 2 }, output: 'service unhealthy (responded with "NOT_SERVING")' },
    {
      answer: { code: 12 },
      output: 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): no',
    },
    { answer: { code: 5 }, output: 'error: health rpc probe failed: rpc error: code = 5 desc = no' },
  ])('fails: $output', async ({ answer, output }) => {
    expect(await probe(await aHealthService(answer))).toEqual({ ok: false, output })
  })

  it('fails when nobody listens', async () => {
    const port = await aHealthService({ status: 1 })
    await new Promise((resolve) => server?.close(resolve))
    server = undefined
    expect((await probe(port)).output).toContain(`failed to connect service "127.0.0.1:${port}" within 2s`)
  })
})
