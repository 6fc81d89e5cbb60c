import type { AddressInfo } from 'node:net'
import { type Clock, type Component, type Logger, type Random, UserError } from '@wherry/component-base'
import type { Storage } from '@wherry/storage'
import { newAdmissionPlugins } from './admission/plugins.ts'
import { newAggregation } from './aggregation.ts'
import type { ProxyClient } from './aggregation/extension-server.ts'
import { type AuthenticationOptions, newAuthentication } from './authn/authentication.ts'
import type { Authenticator } from './authn/authenticator.ts'
import { newOpenID } from './authn/openid.ts'
import { newReviewHandlers } from './authn/reviews.ts'
import { type AuthorizationMode, type Authorizer, newAuthorizer } from './authz/authorizer.ts'
import { ensureBootstrapObjects } from './bootstrap/bootstrap.ts'
import { keepServiceAddresses } from './bootstrap/service-addresses.ts'
import { type KubeletClient, newConnect } from './connect/connect.ts'
import { newCustomResources } from './custom-resources.ts'
import { newDiscovery } from './discovery/discovery.ts'
import { newHealth } from './http/health.ts'
import { type Listener, newListener } from './http/listener.ts'
import { newResourceRequests } from './http/resource-requests.ts'
import type { ServerContext } from './http/server-context.ts'
import { newHTTPServer, type TLSOptions } from './http/http-server.ts'
import { newMetricsRoute } from './metrics/route.ts'
import { newServerMetrics } from './metrics/server-metrics.ts'
import { newOpenAPI } from './openapi/openapi.ts'
import type { Behaviours, ServerOptions } from './registry/behaviours.ts'
import { type Core, newCore } from './registry/core.ts'
import { runExpiry } from './registry/expiry.ts'
import { newRegistry } from './registry/registry.ts'
import { definitions, resourceHandlers } from './resources/index.ts'
import { newWebhookClient } from './webhook/webhook-client.ts'

export interface APIServerDeps {
  /** Closed by who opened it. */
  readonly storage: Storage
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly options: APIServerOptions
}

export interface APIServerOptions extends ServerOptions {
  readonly bindAddress: string
  /** 0: any free one. */
  readonly securePort: number
  /** Absent: plain HTTP, for tests on loopback. */
  readonly tls?: TLSOptions | undefined
  readonly authorizationModes: readonly AuthorizationMode[]
  /** Replaces the authenticator, for tests. */
  readonly authenticator?: Authenticator
  readonly serviceAccountIssuer: string
  /** The private key of service account tokens, in PEM. */
  readonly serviceAccountSigningKey: string
  /** Other ways of telling who asks, and what tokens may be; upstream's defaults unless told. */
  readonly authentication?: AuthenticationOptions
  /** Admission plugins that are left out, by name. */
  readonly disabledAdmissionPlugins?: readonly string[]
  readonly kubelet: KubeletClient
  /** What extension servers know this server by. */
  readonly proxyClient?: ProxyClient | undefined
  /** Where others reach this server. */
  readonly advertiseAddress: string
  /** The server's name in addresses that it tells others; the address above unless told. */
  readonly externalHostname?: string | undefined
  /** How long events stay, in milliseconds; an hour unless told. */
  readonly eventTTL?: number
  /** What `generator/descriptions.mjs` wrote: the prose of OpenAPI. */
  readonly descriptionsFile?: string | undefined
}

export interface APIServer extends Component {
  /** Resolves when the server takes requests; fails when it cannot. */
  listening(): Promise<{ port: number }>
  /** Resolves when the server's own group versions have their APIServices, which is a moment later. */
  registered(): Promise<void>
  readonly behaviours: Behaviours
  /** The server without HTTP, and without the network: for tests, and for who embeds it. */
  readonly core: Core
  readonly listener: Listener
}

/** The API server: everything between a request and storage. */
export function newAPIServer({ storage, clock, random, logger, options }: APIServerDeps): APIServer {
  let authorizer: Authorizer | undefined
  const authorizerOf = (behaviours: Behaviours) => {
    authorizer ??= newAuthorizer({ behaviours, modes: options.authorizationModes })
    return authorizer
  }
  const registry = newRegistry(definitions)
  const core = newCore({
    storage,
    registry,
    clock,
    random,
    options,
    plugins: (behaviours) =>
      newAdmissionPlugins({
        authorizer: authorizerOf(behaviours),
        clock,
        random,
        webhooks: { registry, client: newWebhookClient({ behaviours, clock, random }) },
      }).filter(({ name }) => !options.disabledAdmissionPlugins?.includes(name)),
  })
  const { behaviours, watchCache } = core
  const { authenticator, tokens, tokenAuthenticators } = newAuthentication({
    behaviours,
    issuer: options.serviceAccountIssuer,
    signingKey: options.serviceAccountSigningKey,
    clientCA: options.tls?.clientCA,
    options: options.authentication ?? {},
  })
  const limits = options.authentication?.serviceAccounts
  const context: ServerContext = {
    ...core,
    clock,
    random,
    logger,
    authorizer: authorizerOf(behaviours),
    handlers: {
      ...resourceHandlers,
      ...newReviewHandlers({
        tokens,
        tokenAuthenticators,
        authorizer: authorizerOf(behaviours),
        ...(limits && { limits }),
      }),
    },
  }
  const metrics = newServerMetrics(core)
  const aggregation = newAggregation({ core, clock, random, logger, proxyClient: options.proxyClient })
  const port = { value: options.securePort }
  const address = () => `${options.externalHostname ?? options.advertiseAddress}:${port.value}`
  const state = { ready: false }
  const listener = newListener({
    context,
    authenticator: options.authenticator ?? authenticator,
    metrics,
    resources: newResourceRequests({
      context,
      connect: newConnect({ behaviours, kubelet: options.kubelet, authorizer: authorizerOf(behaviours), random }),
    }),
    delegation: () => aggregation.remote,
    routers: [
      newHealth(checksOf(core, state)),
      newMetricsRoute(metrics),
      newDiscovery({
        definitions: core.registry.definitions,
        serverAddress: address,
        remoteVersions: () => aggregation.remote?.versions ?? [],
      }),
      newOpenAPI({
        definitions: core.registry.definitions,
        descriptionsFile: options.descriptionsFile,
        remotePaths: () => aggregation.remote?.openAPIPaths ?? {},
      }),
      newOpenID({ tokens, jwksURI: () => limits?.jwksURI ?? `https://${address()}/openid/v1/jwks` }),
    ],
  })
  const server = newHTTPServer(listener, clock, options.tls)
  let begin = (_address: AddressInfo) => {}
  let fail = (_error: unknown) => {}
  const listening = new Promise<AddressInfo>((resolve, reject) => {
    begin = resolve
    fail = reject
  })
  listening.catch(() => {})

  return {
    behaviours,
    core,
    listener,
    listening: async () => ({ port: (await listening).port }),
    registered: aggregation.registered,
    async run(signal) {
      // The watch cache goes on until the last request has its answer: writes wait to be seen by it.
      const following = new AbortController()
      try {
        await watchCache.load()
        const customResources = newCustomResources({ core, clock, random, logger })
        await customResources.load()
        await aggregation.load()
        const followed = Promise.all([
          customResources.run(following.signal),
          watchCache.run(following.signal),
          runExpiry({ registry: core.registry, storage, clock, timeToLive: options.eventTTL }, following.signal),
        ])
        const serving = AbortSignal.any([signal, following.signal])
        const addresses = { behaviours, clock, logger }
        const kept = () => Promise.all([keepServiceAddresses(addresses, serving), aggregation.run(serving)])
        await Promise.race([start().then(kept), followed])
        state.ready = false
        for (const cache of watchCache.caches) cache.closeWatchers()
        await Promise.race([server.close(), followed])
        following.abort()
        await followed
      } catch (error) {
        fail(error)
        throw error
      } finally {
        state.ready = false
        following.abort()
        await server.close()
      }
    },
  }

  async function start(): Promise<void> {
    const bound = await server.listen(options.securePort, options.bindAddress)
    port.value = bound.port
    await ensureBootstrapObjects(behaviours, {
      advertiseAddress: options.advertiseAddress,
      securePort: bound.port,
      ...(options.tls?.clientCA === undefined ? {} : { clientCA: options.tls.clientCA }),
      requestHeader: options.authentication?.requestHeader,
    })
    state.ready = true
    logger.info('serving', { address: `${options.bindAddress}:${bound.port}` })
    begin(bound)
  }
}

function checksOf({ watchCache }: Core, state: { readonly ready: boolean }) {
  const storage = {
    name: 'etcd',
    check() {
      watchCache.check()
    },
  }
  const bootstrap = {
    name: 'poststarthook/rbac/bootstrap-roles',
    check() {
      if (!state.ready) throw new UserError('the server is still starting')
    },
  }
  return { live: [storage], ready: [storage, bootstrap] }
}
