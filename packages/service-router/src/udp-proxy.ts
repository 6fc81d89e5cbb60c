import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Clock } from '@wherry/component-base'
import { Balancer } from './balancer.ts'
import type { Backend } from './endpoint-choice.ts'
import type { PortProxy } from './port-proxy.ts'

/** A client that is silent this long is forgotten; the kernel's conntrack keeps UDP flows for about as long. */
const idleMs = 60_000
/** The most clients of one listener; the one that was silent longest makes room. */
const maxClients = 4_096

export interface UDPProxyOptions {
  address: string
  port: number
  backends: readonly Backend[]
  affinityMs: number
  clock: Clock
}

interface Flow {
  socket: Socket
  backend: Backend
  cancel: () => void
}

/** Carries datagrams: each client has a socket of its own to one endpoint, through which the answers come back. */
export async function openUDPProxy(options: UDPProxyOptions): Promise<PortProxy> {
  const { address, port, clock } = options
  const balancer = new Balancer(clock, options.backends, options.affinityMs)
  const flows = new Map<string, Flow>()
  const server = createSocket('udp4')

  function drop(key: string): void {
    const flow = flows.get(key)
    if (!flow) return
    flows.delete(key)
    flow.cancel()
    flow.socket.close()
  }

  function open(key: string, from: RemoteInfo): Flow | undefined {
    const [backend] = balancer.candidates(from.address)
    if (!backend) return undefined
    balancer.chosen(from.address, backend)
    const socket = createSocket('udp4')
    socket.on('message', (data) => {
      touch(key)
      server.send(data, from.port, from.address)
    })
    socket.on('error', () => drop(key))
    const flow: Flow = { socket, backend, cancel: () => undefined }
    flows.set(key, flow)
    if (flows.size > maxClients) {
      const [oldest] = flows.keys()
      if (oldest !== undefined) drop(oldest)
    }
    return flow
  }

  /** Moves the flow to the young end, and its end into the future. */
  function touch(key: string): void {
    const flow = flows.get(key)
    if (!flow) return
    flows.delete(key)
    flows.set(key, flow)
    flow.cancel()
    flow.cancel = clock.setTimer(idleMs, () => drop(key))
  }

  server.on('message', (data, from) => {
    const key = `${from.address}:${from.port}`
    const known = flows.get(key)
    if (known && !balancer.has(known.backend)) drop(key)
    const flow = flows.get(key) ?? open(key, from)
    if (!flow) return
    touch(key)
    // A datagram may be lost, as on any network: the callback keeps the error from being thrown.
    flow.socket.send(data, flow.backend.port, flow.backend.address, () => undefined)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.bind({ address, port, exclusive: true }, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      resolve()
    })
  })
  const close = () =>
    new Promise<void>((resolve) => {
      for (const key of [...flows.keys()]) drop(key)
      server.close(() => resolve())
    })
  return { update: (backends, affinityMs) => balancer.update(backends, affinityMs), close, destroy: close }
}
