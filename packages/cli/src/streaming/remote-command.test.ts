import { createServer, type Server } from 'node:http'
import { PassThrough, Readable, Writable } from 'node:stream'
import { newClient } from '@wherry/client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RemoteStreams, runRemote } from './remote-command.ts'

let server: Server
let handle: (socket: WebSocket) => void
let offered: string[]

beforeEach(async () => {
  server = createServer((_request, response) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('container not found ("a")\n')
  })
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (protocols) => {
      offered = [...protocols]
      return offered[0] ?? false
    },
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith('/refuse')) {
      socket.end(
        'HTTP/1.1 500 Error\r\ncontent-type: text/plain\r\ncontent-length: 25\r\n\r\ncontainer not found ("a")',
      )
      return
    }
    if (request.url?.startsWith('/status')) {
      const body = JSON.stringify({
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        message: 'no host',
        code: 400,
      })
      const type = 'content-type: application/json'
      socket.end(`HTTP/1.1 400 Bad Request\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (upgraded) => handle(upgraded))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(() => new Promise((resolve) => server.close(resolve)))

function collector() {
  const chunks: Buffer[] = []
  const out = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { out, text: () => Buffer.concat(chunks).toString('utf8') }
}

async function run(streams: RemoteStreams = {}, path = '/exec') {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const client = newClient({ server: `http://127.0.0.1:${port}` })
  try {
    return await runRemote({ client, path, query: {}, signal: new AbortController().signal, ...streams })
  } finally {
    client.close()
  }
}

const message = (channel: number, text: string) => Buffer.concat([Buffer.from([channel]), Buffer.from(text)])
const failure = (code: string) =>
  JSON.stringify({
    status: 'Failure',
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: code }] },
  })

describe('a remote command', () => {
  it('keeps its two outputs apart and ends with its exit code', async () => {
    handle = (socket) => {
      socket.send(message(1, 'out'))
      socket.send(message(2, 'err'))
      socket.send(message(3, failure('7')))
      socket.close()
    }
    const stdout = collector()
    const stderr = collector()
    const end = await run({ stdout: stdout.out, stderr: stderr.out })
    expect(end).toEqual({ kind: 'exited', code: 7 })
    expect([stdout.text(), stderr.text()]).toEqual(['out', 'err'])
    expect(offered[0]).toBe('v5.channel.k8s.io')
  })

  it('is sent its input, and told when that ends', async () => {
    const got: Buffer[] = []
    handle = (socket) => {
      socket.on('message', (data: Buffer) => {
        got.push(data)
        if (data[0] !== 255) return
        socket.send(message(3, JSON.stringify({ status: 'Success' })))
        socket.close()
      })
    }
    const end = await run({ stdin: Readable.from([Buffer.from('one'), Buffer.from('two')]) })
    expect(end).toEqual({ kind: 'exited', code: 0 })
    expect(got.map((data) => data.toString('latin1'))).toEqual(['\x00one', '\x00two', '\xff\x00'])
  })

  it('is told the size of the terminal', async () => {
    handle = (socket) => {
      socket.on('message', (data: Buffer) => {
        socket.send(message(1, data.toString('utf8', 1)))
        socket.close()
      })
    }
    const stdout = collector()
    await run({
      stdout: stdout.out,
      onSize: (tell) => {
        tell({ columns: 80, rows: 24 })
        return () => {}
      },
    })
    expect(stdout.text()).toBe('{"Width":80,"Height":24}')
  })

  it('goes on without the user after the detach keys', async () => {
    handle = () => {}
    const stdin = new PassThrough()
    stdin.write('ls\r')
    stdin.write('\x10\x11')
    expect(await run({ stdin, detachKeys: Buffer.from('\x10\x11') })).toEqual({ kind: 'detached' })
  })

  it('that could not be run fails with the reason', async () => {
    handle = (socket) => {
      socket.send(
        message(3, JSON.stringify({ status: 'Failure', reason: 'InternalError', message: 'no such container' })),
      )
      socket.close()
    }
    await expect(run()).rejects.toThrow('no such container')
  })

  it('that is refused fails with what the server says', async () => {
    await expect(run({}, '/refuse')).rejects.toThrow('unable to upgrade connection: container not found ("a")')
    await expect(run({}, '/status')).rejects.toThrow('unable to upgrade connection: no host')
  })
})
