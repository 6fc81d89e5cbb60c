import type { RequestInfo } from '../http/request-info.ts'
import type { Core } from '../registry/core.ts'
import { MetricsRegistry } from './metrics.ts'

export interface ServerMetrics {
  /** Counts an answered request; `seconds` is undefined for those that last, such as watches. */
  record(info: RequestInfo, code: number, seconds: number | undefined): void
  expose(): string
}

const durations = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60]

/** The server's metrics under upstream's names: endpoints/metrics, storage/cacher/metrics. */
export function newServerMetrics({ registry, watchCache }: Pick<Core, 'registry' | 'watchCache'>): ServerMetrics {
  const metrics = new MetricsRegistry()
  const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope']
  const requests = metrics.counter('apiserver_request_total', 'Counter of apiserver requests.', [...labels, 'code'])
  const latency = metrics.histogram(
    'apiserver_request_duration_seconds',
    'Response latency distribution in seconds for each verb, group, version, resource, subresource and scope.',
    labels,
    durations,
  )
  /** Each resource once, though a custom one may be served in several versions. */
  const forms = () => {
    const stored = registry.all.filter((served) => served.definition === served.stored)
    return [...new Map(stored.map((served) => [served.cache, served])).values()]
  }
  metrics.gauge('apiserver_storage_objects', 'Number of stored objects.', ['resource'], () =>
    forms().map(({ info, cache }) => [[qualified(info)], cache.size]),
  )
  metrics.gauge('apiserver_registered_watchers', 'Number of registered watchers.', ['group', 'version', 'kind'], () =>
    forms()
      .filter(({ cache }) => cache.watchers > 0)
      .map(({ info, cache }) => [[info.group, info.version, info.kind], cache.watchers]),
  )
  metrics.gauge('apiserver_watch_cache_resource_version', 'Revision that the watch cache has reached.', [], () => [
    [[], watchCache.revision],
  ])
  metrics.gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', [], () => [
    [[], process.memoryUsage.rss()],
  ])
  metrics.gauge('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', [], () => {
    const { user, system } = process.cpuUsage()
    return [[[], (user + system) / 1e6]]
  })
  return {
    record(info, code, seconds) {
      const of = labelsOf(info)
      requests.add([...of, String(code)])
      if (seconds !== undefined) latency.observe(of, seconds)
    },
    expose: () => metrics.expose(),
  }
}

function labelsOf(info: RequestInfo): string[] {
  if (!info.isResource) return [info.verb.toUpperCase(), '', '', '', info.path.split('/')[1] ?? '', '']
  const scope = info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster'
  const verb = verbNames[info.verb] ?? info.verb.toUpperCase()
  return [verb, info.group, info.version, info.resource, info.subresource, scope]
}

const verbNames: Readonly<Record<string, string>> = { create: 'POST', update: 'PUT' }
const qualified = ({ group, resource }: { group: string; resource: string }) =>
  group === '' ? resource : `${resource}.${group}`
