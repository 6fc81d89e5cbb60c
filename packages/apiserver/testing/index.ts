import { generateKeyPairSync } from 'node:crypto'
import { type Client, newClient } from '@wherry/client'
import { type Clock, FakeClock, type Logger, realClock, realRandom, silentLogger } from '@wherry/component-base'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { type APIServer, type APIServerOptions, newAPIServer } from '../src/index.ts'
import type { Behaviours } from '../src/registry/behaviours.ts'
import type { UserInfo } from '../src/registry/resource.ts'

export { newTestAuthority, type TestAuthority } from './certificates.ts'

export interface TestServerOptions {
  /** The server's clock; the machine's unless told. */
  readonly clock?: Clock
  readonly logger?: Logger
  /** In memory unless told; who passes one closes it. */
  readonly storage?: Storage
  /** Who all requests come from; an administrator unless told. A function may look at the request's headers. */
  readonly user?: UserInfo | ((headers: Readonly<Record<string, string | string[] | undefined>>) => UserInfo)
  /** `AlwaysAllow` unless told. */
  readonly authorizationMode?: 'RBAC' | 'AlwaysAllow'
  readonly options?: Partial<APIServerOptions>
}

export interface TestServer {
  readonly client: Client
  readonly url: string
  readonly behaviours: Behaviours
  /** The server itself, for tests that look inside or that do without sockets. */
  readonly server: APIServer
  readonly clock: Clock
  readonly storage: Storage
  /** Ends the server with all its connections. */
  close(): Promise<void>
}

const administrator: UserInfo = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }

/**
 * A whole API server in this process, on loopback over plain HTTP, with the objects that every cluster has. Storage is
 * in memory and all requests come from an administrator, unless told otherwise.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock = realClock, logger = silentLogger, user = administrator } = options
  const storage = options.storage ?? (await openMemoryStorage())
  const server = newAPIServer({
    storage,
    clock,
    random: realRandom,
    logger,
    options: {
      bindAddress: '127.0.0.1',
      securePort: 0,
      authorizationModes: options.authorizationMode === 'RBAC' ? ['Node', 'RBAC'] : ['AlwaysAllow'],
      authenticator: {
        authenticate: async ({ headers }) => (typeof user === 'function' ? user(headers) : user),
      },
      serviceAccountIssuer: 'https://kubernetes.default.svc',
      serviceAccountSigningKey: signingKey(),
      kubelet: {},
      advertiseAddress: '127.0.0.1',
      serviceClusterIPRange: '127.64.0.0/16',
      serviceNodePortRange: [30_000, 32_767],
      allowLoopbackEndpoints: true,
      ...options.options,
    },
  })
  const controller = new AbortController()
  const running = server.run(controller.signal)
  const { port } = await Promise.race([server.listening(), running.then(ended)])
  await Promise.race([server.registered(), running.then(ended)])
  const url = `http://127.0.0.1:${port}`
  const client = newClient({ server: url })
  return {
    client,
    url,
    behaviours: server.behaviours,
    server,
    clock,
    storage,
    async close() {
      client.close()
      controller.abort()
      // A clock that stands still would let the server wait for ever for clients that do not read.
      if (clock instanceof FakeClock) {
        await clock.advance(0)
        await clock.advance(1000)
      }
      await running
      if (!options.storage) await storage.close()
    },
  }
}

function ended(): never {
  throw new Error('the server ended before it was ready')
}

function signingKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}
