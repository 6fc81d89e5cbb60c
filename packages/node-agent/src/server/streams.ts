import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Logger } from '@wherry/component-base'
import { observePod } from '../pod/observed.ts'
import { type PodObject, podUid } from '../pod/pod-object.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { commandProtocols, portProtocols } from '../streaming/channels.ts'
import { type CommandOptions, commandOptions } from '../streaming/command-options.ts'
import { type CommandSession, serveCommand } from '../streaming/remote-command.ts'
import { acceptSpdy, negotiate, wantsSpdy } from '../streaming/spdy/upgrade.ts'
import { spdyCommandProtocols, spdySession } from '../streaming/spdy-command.ts'
import {
  type PortForwardTarget,
  serveSpdyPortForward,
  spdyPortForwardProtocol,
} from '../streaming/spdy-port-forward.ts'
import { runningContainer } from './container-logs.ts'
import { HTTPError } from './http-error.ts'
import { requireContainer } from './pod-container.ts'

export interface StreamsDeps {
  runtime: ContainerRuntime
  clock: Clock
  logger: Logger
}

export interface UpgradeRequest {
  request: IncomingMessage
  socket: Duplex
  head: Buffer
  query: URLSearchParams
}

/** kubectl's port-forward: SPDY in the messages of a WebSocket. */
const tunnelProtocol = 'SPDY/3.1+portforward.k8s.io'

/** Serves exec or attach; throws an HTTPError while the protocol has not been switched. */
export async function serveCommandUpgrade(
  which: 'exec' | 'attach',
  pod: PodObject,
  container: string,
  upgrade: UpgradeRequest,
  deps: StreamsDeps,
): Promise<void> {
  const { runtime } = deps
  requireContainer(pod, container)
  let options: CommandOptions
  try {
    options = commandOptions(upgrade.query)
  } catch (error) {
    throw new HTTPError(400, error instanceof Error ? error.message : String(error))
  }
  const status = await runningContainer(pod, container, runtime)
  const session = await openSession(upgrade, options, deps)
  const tty = options.tty
  await serveCommand(session, async (streams) => {
    if (which === 'exec') return runtime.exec(status.id, options.command, { ...streams, tty })
    await runtime.attach(status.id, { ...streams, tty: status.tty })
    return 0
  })
}

async function openSession(
  upgrade: UpgradeRequest,
  options: CommandOptions,
  deps: StreamsDeps,
): Promise<CommandSession> {
  const { request, socket, head } = upgrade
  if (wantsSpdy(request)) {
    const protocol = negotiate(request, spdyCommandProtocols)
    if (protocol === undefined) throw unsupported(request)
    acceptSpdy(socket, protocol)
    if (head.length > 0) socket.unshift(head)
    return spdySession(socket, protocol || 'channel.k8s.io', options, deps.clock)
  }
  const { acceptWebSocket } = await import('../streaming/web-socket.ts')
  const { webSocketSession } = await import('../streaming/web-socket-command.ts')
  const names = commandProtocols.map(({ name }) => name)
  const accepted = await acceptWebSocket(request, socket, head, names)
  const protocol = commandProtocols.find(({ name }) => name === (accepted?.protocol || 'channel.k8s.io'))
  if (!accepted || !protocol) throw unsupported(request)
  return webSocketSession(accepted, protocol, options)
}

/** Serves port-forward; throws an HTTPError while the protocol has not been switched. */
export async function servePortForwardUpgrade(
  pod: PodObject,
  upgrade: UpgradeRequest,
  deps: StreamsDeps,
): Promise<void> {
  const { request, socket, head, query } = upgrade
  const target = await portForwardTarget(pod, deps.runtime)
  if (wantsSpdy(request)) {
    const protocol = negotiate(request, [spdyPortForwardProtocol])
    if (protocol === undefined) throw unsupported(request)
    acceptSpdy(socket, protocol || spdyPortForwardProtocol)
    if (head.length > 0) socket.unshift(head)
    return serveSpdyPortForward(socket, target, deps)
  }
  const { acceptWebSocket } = await import('../streaming/web-socket.ts')
  const names = [tunnelProtocol, ...portProtocols.map(({ name }) => name)]
  const accepted = await acceptWebSocket(request, socket, head, names)
  if (!accepted) throw unsupported(request)
  const { ws } = accepted
  if (accepted.protocol === tunnelProtocol) {
    const { createWebSocketStream } = await import('ws')
    return serveSpdyPortForward(createWebSocketStream(ws), target, deps)
  }
  const { serveWebSocketPortForward } = await import('../streaming/web-socket-port-forward.ts')
  const protocol = portProtocols.find(({ name }) => name === (accepted.protocol || 'v4.channel.k8s.io'))
  const ports = query.getAll('port').flatMap((text) => text.split(',').map(Number))
  if (!protocol || ports.length === 0 || ports.some((port) => !(port >= 1 && port <= 65535))) return ws.close(1008)
  return serveWebSocketPortForward(accepted, protocol, ports, target)
}

async function portForwardTarget(pod: PodObject, runtime: ContainerRuntime): Promise<PortForwardTarget> {
  const { sandbox } = await observePod(runtime, podUid(pod))
  if (sandbox?.state !== 'SANDBOX_READY') {
    throw new HTTPError(500, `pod not found ("${pod.metadata.name}_${pod.metadata.namespace}")`)
  }
  return {
    dial: (port) => runtime.portForward(sandbox.id, port),
    pod: `pod ${sandbox.id}, uid ${podUid(pod)}`,
  }
}

function unsupported(request: IncomingMessage): HTTPError {
  const { upgrade } = request.headers
  return new HTTPError(
    upgrade ? 403 : 400,
    `unable to upgrade: no stream protocol that this server speaks (${upgrade ?? 'no upgrade'})`,
  )
}
