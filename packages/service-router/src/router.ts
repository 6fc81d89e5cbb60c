import { EndpointSlice, Node, Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Client, type Controller, newEventRecorder, newInformers, runControllers, watching } from '@wherry/client'
import type { Clock, Component, Logger, Random } from '@wherry/component-base'
import { failureMessage } from './failure-message.ts'
import { HealthChecks } from './health-check.ts'
import { type NodePortAddress, planListeners } from './listener-plan.ts'
import { Listeners } from './listeners.ts'

export interface ServiceRouterDeps {
  client: Client
  clock: Clock
  logger: Logger
  random: Random
  config: {
    /** Addresses on which node ports are served; those of nodes, and others that stand for all nodes. */
    nodePortAddresses: readonly string[]
  }
}

const serviceNameLabel = 'kubernetes.io/service-name'
const byService = 'service'

/**
 * Makes Services reachable on this machine: it listens on their addresses and node ports and carries what comes to
 * their ready endpoints. As kube-proxy in its former userspace mode; it writes nothing but events.
 */
export function newServiceRouter({ client, clock, logger, random, config }: ServiceRouterDeps): Component {
  return {
    async run(signal) {
      const informers = newInformers({ client, clock, logger, random })
      const recorder = newEventRecorder({ client, clock, logger, random, component: 'service-router' })
      const services = informers.for(Service).lister
      const nodes = informers.for(Node).lister
      const slices = informers.for(EndpointSlice).lister
      slices.addIndex(byService, (slice) => serviceKeys(slice))
      const listeners = new Listeners({ clock, logger, random })
      const healthChecks = new HealthChecks({ logger })
      const reported = new Map<string, string>()

      const controller: Controller = {
        name: 'service-router',
        primary: Service,
        watches: [
          watching(EndpointSlice, serviceKeys),
          watching(Node, () => localServices(services.list()), addressesChanged),
        ],
        async reconcile(key) {
          const service = services.get(key)
          if (!service) {
            await listeners.apply(key, [])
            await healthChecks.remove(key)
            reported.delete(key)
            return undefined
          }
          const own = slices.byIndex(byService, key)
          const plans = planListeners(service, own, nodePortAddresses(config.nodePortAddresses, nodes.list()))
          const failures = await listeners.apply(key, plans)
          await healthChecks.apply(key, service, own, nodes.list())
          const message = failures.map(failureMessage).join('; ')
          if (message === '') reported.delete(key)
          else if (reported.get(key) !== message) {
            reported.set(key, message)
            recorder.event(service, 'Warning', 'FailedToListen', message)
          }
          return failures.length > 0
            ? { requeueAfterMs: Math.min(...failures.map(({ retryAfterMs }) => retryAfterMs)) }
            : undefined
        },
      }
      try {
        await runControllers([controller], { client, informers, clock, logger }, signal)
      } finally {
        await Promise.all([listeners.destroy(), healthChecks.destroy()])
      }
    },
  }
}

function serviceKeys(slice: { metadata: { namespace?: string; labels?: Readonly<Record<string, string>> } }): string[] {
  const name = slice.metadata.labels?.[serviceNameLabel]
  return name === undefined ? [] : [`${slice.metadata.namespace}/${name}`]
}

/** Only Services whose traffic stays on a node care which address is whose. */
function localServices(services: readonly DeepReadonly<Service>[]): string[] {
  return services
    .filter(({ spec }) => spec?.externalTrafficPolicy === 'Local')
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

interface NodeView {
  metadata: { name?: string }
  status?: { addresses?: readonly { type: string; address: string }[] }
}

function internalAddress(node: NodeView): string | undefined {
  return node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
}

function addressesChanged(node: NodeView, old: NodeView): boolean {
  return internalAddress(node) !== internalAddress(old)
}

function nodePortAddresses(addresses: readonly string[], nodes: readonly NodeView[]): NodePortAddress[] {
  const owners = new Map(nodes.map((node) => [internalAddress(node), node.metadata.name]))
  return addresses.map((address) => ({ address, node: owners.get(address) }))
}
