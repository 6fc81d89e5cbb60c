import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, genericServerResponse, internalError } from '@wherry/apimachinery'
import { type Backend, dialError, hostHeader, openRequest } from './backend.ts'

/** No more of a refusal is read than this. */
const maxRefusal = 50_000

/** The kubelet's answer to a request for a log, once it has begun; its refusals are thrown as a `StatusError`. */
function openLog(backend: Backend, podName: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = openRequest(backend, 'GET', { host: hostHeader(backend) })
    outgoing.on('error', (error) => reject(dialError(backend, error)))
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode ?? 500
      if (status >= 200 && status < 300) return resolve(incoming)
      readText(incoming).then((text) => reject(refusalOf(status, podName, text)), reject)
    })
    outgoing.end()
  })
}

/** As apiserver `registry/generic/rest/response_checker.go`. */
function refusalOf(status: number, podName: string, text: string) {
  if (status === 500) return internalError(new Error(text))
  if (status === 400) return badRequest(text)
  return genericServerResponse(status, '', { group: '', resource: 'pods/log' }, podName, text)
}

async function readText(incoming: IncomingMessage): Promise<string> {
  let text = ''
  incoming.setEncoding('utf8')
  for await (const chunk of incoming) {
    text += chunk
    if (text.length > maxRefusal) break
  }
  return text.slice(0, maxRefusal)
}

/** Streams a log as the kubelet sends it; a line is on its way as soon as it is here. */
export async function sendLog(response: ServerResponse, backend: Backend, podName: string): Promise<void> {
  const log = await openLog(backend, podName)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  await new Promise<void>((resolve) => {
    log.on('error', () => response.destroy())
    response.on('close', () => {
      log.destroy()
      resolve()
    })
    log.pipe(response)
  })
}

/** The same over a WebSocket: binary frames, or base64 text where the client asks for `base64.binary.k8s.io`. */
export async function sendLogOverWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  backend: Backend,
  podName: string,
): Promise<void> {
  const log = await openLog(backend, podName)
  const { WebSocketServer } = await import('ws')
  const protocols = ['binary.k8s.io', 'base64.binary.k8s.io']
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((one) => offered.has(one)) ?? false,
  })
  await new Promise<void>((resolve) => {
    server.handleUpgrade(request, socket, head, (client) => {
      const base64 = client.protocol === 'base64.binary.k8s.io'
      client.on('close', () => {
        log.destroy()
        resolve()
      })
      client.on('error', () => client.terminate())
      log.on('data', (chunk: Buffer) => {
        // One frame at a time: a client that reads slowly slows the kubelet down.
        log.pause()
        client.send(base64 ? chunk.toString('base64') : chunk, { binary: !base64 }, () => log.resume())
      })
      log.on('end', () => client.close(1000))
      log.on('error', () => client.close(1011))
    })
  })
}
