import type { MetricSpec, MetricStatus } from '@wherry/api'

// How autoscaling/v1 writes metrics into annotations: types of its own, with names in place of targets. As
// pkg/apis/autoscaling/v1/conversion.go.

type Old = Readonly<Record<string, unknown>>
type Source = 'object' | 'pods' | 'resource' | 'containerResource' | 'external'

const sources: readonly Source[] = ['object', 'pods', 'resource', 'containerResource', 'external']

/** What a source of metrics says beside its values: its own names on the left, those of the old form on the right. */
const names: Readonly<Record<Source, readonly (readonly [path: readonly string[], old: string])[]>> = {
  object: [
    [['describedObject'], 'target'],
    [['metric', 'name'], 'metricName'],
    [['metric', 'selector'], 'selector'],
  ],
  pods: [
    [['metric', 'name'], 'metricName'],
    [['metric', 'selector'], 'selector'],
  ],
  resource: [[['name'], 'name']],
  containerResource: [
    [['name'], 'name'],
    [['container'], 'container'],
  ],
  external: [
    [['metric', 'name'], 'metricName'],
    [['metric', 'selector'], 'metricSelector'],
  ],
}

/** The names of a target's (or a current state's) values in the old form; those that must be there are zero if need be. */
function valueNames(source: Source, prefix: 'target' | 'current') {
  const needed: readonly string[] =
    source === 'object'
      ? ['value']
      : source === 'pods' || (prefix === 'current' && source !== 'external')
        ? ['averageValue']
        : prefix === 'current'
          ? ['value']
          : []
  const all: readonly (readonly [name: string, old: string])[] = [
    ['value', `${prefix}Value`],
    ['averageValue', source === 'object' ? 'averageValue' : `${prefix}AverageValue`],
    ['averageUtilization', `${prefix}AverageUtilization`],
  ]
  return { all, needed }
}

function get(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value === undefined || value === null ? undefined : Reflect.get(Object(value), key)),
    from,
  )
}

function put(into: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    into[key] = value
    return
  }
  const inner: Record<string, unknown> = { ...Object(into[key]) }
  put(inner, rest, value)
  into[key] = inner
}

function toOld(metric: object, prefix: 'target' | 'current'): Old {
  const old: Record<string, unknown> = { type: get(metric, ['type']) }
  for (const source of sources) {
    const from = get(metric, [source])
    if (from === undefined) continue
    const into: Record<string, unknown> = {}
    for (const [path, name] of names[source]) {
      const value = get(from, path)
      if (value !== undefined) into[name] = value
    }
    const { all, needed } = valueNames(source, prefix)
    for (const [name, oldName] of all) {
      const value = get(from, [prefix, name]) ?? (needed.includes(name) ? '0' : undefined)
      if (value !== undefined) into[oldName] = value
    }
    old[source] = into
  }
  return old
}

function fromOld(old: unknown, prefix: 'target' | 'current'): Record<string, unknown> {
  const metric: Record<string, unknown> = { type: get(old, ['type']) }
  for (const source of sources) {
    const from = get(old, [source])
    if (typeof from !== 'object' || from === null) continue
    const into: Record<string, unknown> = {}
    for (const [path, name] of names[source]) {
      const value = get(from, [name])
      if (value !== undefined) put(into, path, value)
    }
    const { all, needed } = valueNames(source, prefix)
    const found = all.flatMap(([name, oldName]) => {
      const value = get(from, [oldName])
      return value === undefined ? [] : [[name, value] as const]
    })
    // A zero that had to be written says nothing where another value does.
    const said = found.filter(([name, value]) => !(needed.includes(name) && value === '0' && found.length > 1))
    into[prefix] = { ...(prefix === 'target' ? { type: typeOf(said) } : {}), ...Object.fromEntries(said) }
    metric[source] = into
  }
  return metric
}

function typeOf(values: readonly (readonly [name: string, value: unknown])[]): string {
  const has = (name: string) => values.some(([one]) => one === name)
  if (has('averageUtilization')) return 'Utilization'
  return has('averageValue') ? 'AverageValue' : 'Value'
}

export const olderMetric = (metric: MetricSpec): Old => toOld(metric, 'target')
export const olderMetricStatus = (metric: MetricStatus): Old => toOld(metric, 'current')
export const newerMetric = (old: unknown): MetricSpec => ({ type: '', ...fromOld(old, 'target') })
export const newerMetricStatus = (old: unknown): MetricStatus => ({ type: '', ...fromOld(old, 'current') })
