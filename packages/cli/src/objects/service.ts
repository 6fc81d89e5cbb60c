import { CommandError } from '../errors.ts'
import { dig, isObject, list, number, record, stringMap, text, type Unstructured } from './json.ts'
import { containersIn } from './pod-spec.ts'

/** What `expose` takes from the object that it exposes. */
export interface ExposedObject {
  selector: Record<string, string>
  ports: { port: number; protocol: string }[]
  labels: Record<string, string>
}

/** Reads selector and ports of a service, a pod or a workload. Throws in kubectl's words for other kinds. */
export function exposedObject(object: Unstructured, resource: string): ExposedObject {
  const labels = object.metadata.labels ?? {}
  switch (object.kind) {
    case 'Service':
      return { selector: stringMap(dig(object, 'spec', 'selector')), ports: servicePorts(object), labels }
    case 'Pod':
      if (Object.keys(labels).length === 0) {
        throw new CommandError(
          `couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed`,
        )
      }
      return { selector: labels, ports: containerPorts(dig(object, 'spec')), labels }
    case 'ReplicationController':
      return { selector: stringMap(dig(object, 'spec', 'selector')), ports: templatePorts(object), labels }
    case 'Deployment':
    case 'ReplicaSet':
      return { selector: simpleSelector(object), ports: templatePorts(object), labels }
    default:
      throw new CommandError(`cannot expose a ${resource}`)
  }
}

function simpleSelector(object: Unstructured): Record<string, string> {
  const selector = dig(object, 'spec', 'selector')
  const expressions = list(dig(selector, 'matchExpressions'))
  if (expressions.length > 0) {
    throw new CommandError(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - ${JSON.stringify(expressions)} to map-based selector format`,
    )
  }
  const labels = stringMap(dig(selector, 'matchLabels'))
  if (Object.keys(labels).length === 0) {
    throw new CommandError(
      "couldn't retrieve selectors via --selector flag or introspection: invalid deployment: no selectors, therefore cannot be exposed",
    )
  }
  return labels
}

function servicePorts(object: Unstructured) {
  return list(dig(object, 'spec', 'ports')).map((port) => ({
    port: number(dig(port, 'port')),
    protocol: text(dig(port, 'protocol')) || 'TCP',
  }))
}

function templatePorts(object: Unstructured) {
  return containerPorts(dig(object, 'spec', 'template', 'spec'))
}

function containerPorts(spec: unknown) {
  return containersIn(record(spec)).flatMap((container) =>
    list(container.ports)
      .filter(isObject)
      .map((port) => ({ port: number(port.containerPort), protocol: text(port.protocol) || 'TCP' })),
  )
}
