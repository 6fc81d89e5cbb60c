import { cpus, freemem, loadavg, totalmem } from 'node:os'
import { formatTime } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { ContainerRuntime, ContainerStats } from '../runtime/cri.ts'
import type { PodSource } from './pod-container.ts'

export interface StatsDeps {
  runtime: ContainerRuntime
  pods: PodSource
  clock: Clock
  nodeName: string
}

/** The kubelet's Summary, with the processor and the memory of containers. */
export async function statsSummary({ runtime, pods, clock, nodeName }: StatsDeps): Promise<unknown> {
  const stats = await runtime.listContainerStats()
  const time = formatTime(clock.now())
  return {
    node: { nodeName, startTime: time, ...usage(nodeUsage(), time) },
    pods: pods.list().map(({ metadata, status }) => {
      const own = stats.filter(({ podUid }) => podUid === metadata.uid)
      const sum = own.reduce((total, item) => add(total, item), { cpuNanoseconds: 0, memoryBytes: 0 })
      return {
        podRef: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
        startTime: status?.startTime ?? time,
        containers: own.map((item) => ({ name: item.metadata.name, startTime: time, ...usage(item, time) })),
        ...usage(sum, time),
      }
    }),
  }
}

/** /metrics/resource, which metrics-server reads, in Prometheus' text format. */
export async function resourceMetrics({ runtime, pods }: StatsDeps): Promise<string> {
  const stats = await runtime.listContainerStats()
  const node = nodeUsage()
  const rows = stats.flatMap((item) => {
    const pod = pods.list().find(({ metadata }) => metadata.uid === item.podUid)
    if (!pod) return []
    const { name, namespace } = pod.metadata
    return [{ item, labels: `{container="${item.metadata.name}",namespace="${namespace}",pod="${name}"}` }]
  })
  const family = (name: string, type: string, help: string, lines: string[]) =>
    [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines].join('\n')
  const seconds = (value: { cpuNanoseconds: number }) => (value.cpuNanoseconds / 1e9).toFixed(3)
  return `${[
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      rows.map(({ item, labels }) => `container_cpu_usage_seconds_total${labels} ${seconds(item)} ${item.timestamp}`),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      rows.map(
        ({ item, labels }) => `container_memory_working_set_bytes${labels} ${item.memoryBytes} ${item.timestamp}`,
      ),
    ),
    family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [
      `node_cpu_usage_seconds_total ${seconds(node)}`,
    ]),
    family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [
      `node_memory_working_set_bytes ${node.memoryBytes}`,
    ]),
  ].join('\n')}\n`
}

/** What the agent says of itself. */
export function agentMetrics(pods: PodSource): string {
  const { rss } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  const containers = pods.list().flatMap(({ status }) => status?.containerStatuses ?? [])
  const running = containers.filter(({ state }) => state?.running).length
  return `# HELP kubelet_running_pods Number of pods that have a running pod sandbox
# TYPE kubelet_running_pods gauge
kubelet_running_pods ${pods.list().filter(({ status }) => status?.phase === 'Running').length}
# HELP kubelet_running_containers Number of containers currently running
# TYPE kubelet_running_containers gauge
kubelet_running_containers{container_state="running"} ${running}
# HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total ${(user + system) / 1e6}
# HELP process_resident_memory_bytes Resident memory size in bytes.
# TYPE process_resident_memory_bytes gauge
process_resident_memory_bytes ${rss}
`
}

type Usage = Pick<ContainerStats, 'cpuNanoseconds' | 'memoryBytes'>

function add(a: Usage, b: Usage): Usage {
  return { cpuNanoseconds: a.cpuNanoseconds + b.cpuNanoseconds, memoryBytes: a.memoryBytes + b.memoryBytes }
}

function usage({ cpuNanoseconds, memoryBytes }: Usage, time: string) {
  return {
    cpu: { time, usageCoreNanoSeconds: cpuNanoseconds },
    memory: { time, workingSetBytes: memoryBytes, usageBytes: memoryBytes },
  }
}

function nodeUsage(): Usage & { load: number } {
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
  return { cpuNanoseconds: busy * 1e6, memoryBytes: totalmem() - freemem(), load: loadavg()[0] ?? 0 }
}
