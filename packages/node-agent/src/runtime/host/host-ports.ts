import { connect, createServer, type Server, type Socket } from 'node:net'
import { type PortMapping, RuntimeError } from '../cri.ts'

/**
 * The ports of the node that lead into pods. A port is served by the agent itself, so that its connections end with the
 * agent; the next one serves it again.
 */
export class HostPorts {
  readonly #nodeIP: string
  readonly #servers = new Map<string, Server[]>()
  readonly #sockets = new Set<Socket>()

  constructor(nodeIP: string) {
    this.#nodeIP = nodeIP
  }

  /** Rejects with a RuntimeError, and serves none of them, when one cannot be served. */
  async open(sandboxId: string, podIP: string, mappings: readonly PortMapping[]): Promise<void> {
    const servers: Server[] = []
    this.#servers.set(sandboxId, servers)
    try {
      for (const mapping of mappings) servers.push(await this.#listen(podIP, mapping))
    } catch (error) {
      this.close(sandboxId)
      throw error
    }
  }

  close(sandboxId: string): void {
    for (const server of this.#servers.get(sandboxId) ?? []) server.close()
    this.#servers.delete(sandboxId)
  }

  closeAll(): void {
    for (const id of this.#servers.keys()) this.close(id)
    for (const socket of this.#sockets) socket.destroy()
  }

  #listen(podIP: string, { protocol, hostIP, hostPort, containerPort }: PortMapping): Promise<Server> {
    const address = hostIP === '' || hostIP === '0.0.0.0' ? this.#nodeIP : hostIP
    const where = `host port ${address}:${hostPort}`
    if (protocol !== 'TCP') throw new RuntimeError(`${where}: the host runtime forwards TCP only, not ${protocol}`)
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#join(client, connect({ host: podIP, port: containerPort, allowHalfOpen: true, noDelay: true }))
    })
    return new Promise((resolve, reject) => {
      server.once('error', (cause: Error) => {
        const denied = 'code' in cause && cause.code === 'EACCES'
        const hint = denied ? 'an ordinary user may not bind it' : cause.message
        reject(new RuntimeError(`${where} cannot be served: ${hint}`, { cause }))
      })
      server.listen(hostPort, address, () => resolve(server))
    })
  }

  #join(a: Socket, b: Socket): void {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => from.destroy())
      from.on('close', () => {
        this.#sockets.delete(from)
        if (!from.readableEnded) to.destroy()
      })
      from.pipe(to)
    }
  }
}
