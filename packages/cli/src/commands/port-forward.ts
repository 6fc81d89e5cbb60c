import { createServer, type Server, type Socket } from 'node:net'
import { Pod, type Pod as PodObject, Service } from '@wherry/api'
import { objectPath } from '@wherry/client'
import { splitPair } from '../access/arguments.ts'
import type { Connection } from '../access/connection.ts'
import { defineCommand } from '../command.ts'
import { completePods } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, messageOf, UsageError } from '../errors.ts'
import { forwardedPorts, type PortPair, servicePorts } from '../streaming/forwarded-ports.ts'
import { findPod } from '../streaming/pods.ts'
import { SpdyClient } from '../streaming/spdy.ts'

export const portForwardCommand = defineCommand({
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward local ports to a pod',
  long: `Forward one or more local ports to a pod.

 A deployment or a service stands for one of its pods: the forwarding ends when that pod does.`,
  examples: `# Port 8080 here to 80 of the pod
$ port-forward pod/web-0 8080:80

# The same port on both sides, of a pod of a deployment
$ port-forward deployment/web 8080

# A free port here, to the service's port named https
$ port-forward service/web :https

# For other machines too
$ port-forward --address 0.0.0.0 pod/web-0 8080:80`,
  complete: completePods,
  flags: {
    address: {
      type: 'strings',
      default: 'localhost',
      describe: 'Addresses to listen on; localhost is 127.0.0.1 and ::1.',
    },
    'pod-running-timeout': { type: 'duration', default: '1m0s', describe: 'How long to wait until there is a pod.' },
  },
  async run(context, { args, flags }) {
    const [target, ...specs] = args
    if (target === undefined || specs.length === 0) {
      throw new UsageError('TYPE/NAME and list of ports are required for port-forward')
    }
    const connection = await context.connect()
    const pod = await findPod(context, connection, target, flags['pod-running-timeout'])
    const ports = await portsFor(connection, target, pod, specs)
    if (pod.status?.phase !== 'Running') {
      throw new CommandError(
        `unable to forward port because pod is not running. Current status=${pod.status?.phase ?? ''}`,
      )
    }
    await forward(context, connection, pod, ports, flags.address)
  },
})

/** A service's ports are translated to those of the pod. */
async function portsFor(
  connection: Connection,
  target: string,
  pod: PodObject,
  specs: readonly string[],
): Promise<PortPair[]> {
  if (target.includes('/')) {
    const { type, name } = splitPair(target)
    const kind = (await connection.mapper([type])).resolve(type)
    if (kind.kind === 'Service' && kind.group === '') {
      const service = await connection.client.get(Service, { namespace: connection.namespace, name })
      return servicePorts(specs, service, pod)
    }
  }
  return forwardedPorts(specs, pod)
}

async function forward(
  context: Context,
  connection: Connection,
  pod: PodObject,
  ports: readonly PortPair[],
  addresses: readonly string[],
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata
  const { socket } = await connection.client.upgrade({
    path: objectPath(Pod, { namespace, name }, 'portforward'),
    protocol: 'SPDY/3.1',
    headers: { 'x-stream-protocol-version': 'portforward.k8s.io' },
    signal: context.signal,
  })
  const spdy = new SpdyClient(socket)
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  let requestId = 0
  const handle = (local: Socket, remote: number, shown: number) => {
    sockets.add(local)
    local.on('close', () => sockets.delete(local))
    context.print(`Handling connection for ${shown}\n`)
    join(spdy, local, remote, requestId++).catch((error: unknown) => {
      context.warn(`E an error occurred forwarding ${shown} -> ${remote}: ${messageOf(error)}\n`)
      local.destroy()
    })
  }
  const running = spdy.run()
  const interrupted = new Promise<void>((resolve) =>
    context.signal.addEventListener('abort', () => resolve(), { once: true }),
  )
  try {
    for (const port of ports) servers.push(...(await listen(context, addresses, port, handle)))
    await Promise.race([running, interrupted])
    if (!context.signal.aborted) throw new CommandError('lost connection to pod')
  } finally {
    for (const server of servers) server.close()
    for (const local of sockets) local.destroy()
    spdy.close()
    await running.catch(() => undefined)
  }
}

/** Listens on all addresses; localhost may lack one of its two. */
async function listen(
  context: Context,
  addresses: readonly string[],
  { local, remote }: PortPair,
  handle: (socket: Socket, remote: number, shown: number) => void,
): Promise<Server[]> {
  const servers: Server[] = []
  const problems: string[] = []
  let port = local
  for (const address of addresses) {
    const hosts = address === 'localhost' ? ['127.0.0.1', '::1'] : [address]
    const opened: Server[] = []
    for (const host of hosts) {
      try {
        const server = await listenOn(host, port, (socket) => handle(socket, remote, portOf(server)))
        port = portOf(server)
        opened.push(server)
        const shown = host.includes(':') ? `[${host}]` : host
        context.print(`Forwarding from ${shown}:${port} -> ${remote}\n`)
      } catch (error) {
        problems.push(`unable to create listener: Error ${listenProblem(error, host, port)}`)
      }
    }
    servers.push(...opened)
  }
  if (servers.length === 0) {
    const all = problems.join(' ')
    context.warn(`Unable to listen on port ${local}: Listeners failed to create with the following errors: [${all}]\n`)
    throw new CommandError(`unable to listen on any of the requested ports: [{${local} ${remote}}]`)
  }
  return servers
}

/** In Go's words. */
function listenProblem(error: unknown, host: string, port: number): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const words = {
    EADDRINUSE: 'address already in use',
    EACCES: 'permission denied',
    EADDRNOTAVAIL: 'cannot assign requested address',
  }
  const known = Object.entries(words).find(([name]) => name === code)?.[1]
  if (known === undefined) return messageOf(error)
  const [network, shown] = host.includes(':') ? ['tcp6', `[${host}]`] : ['tcp4', host]
  return `listen ${network} ${shown}:${port}: bind: ${known}`
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function listenOn(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onSocket)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host === '::1' }, () => resolve(server))
  })
}

/** One connection: a stream for what goes wrong, one for the bytes. Each direction ends by itself. */
async function join(spdy: SpdyClient, local: Socket, port: number, requestId: number): Promise<void> {
  local.on('error', () => local.destroy())
  const headers = { port: String(port), requestid: String(requestId) }
  const errors = await spdy.open({ ...headers, streamtype: 'error' })
  errors.end()
  const data = await spdy.open({ ...headers, streamtype: 'data' })
  const message = readText(errors)
  data.on('error', () => local.destroy())
  local.pipe(data)
  data.pipe(local)
  const closed = new Promise<void>((resolve) => {
    local.once('close', () => {
      data.destroy()
      resolve()
    })
    data.once('close', () => local.end())
  })
  const problem = await message
  if (problem !== '') throw new CommandError(problem)
  await closed
}

async function readText(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
  } catch {
    // The connection went away under the stream: that is told where it is noticed.
  }
  return Buffer.concat(chunks).toString('utf8')
}
