import { CommandError } from '../errors.ts'
import { dig, isObject, type JsonObject, type Unstructured } from './json.ts'

/** Where the pod's spec stands in a kind that makes pods; the path to its template's metadata is the same without `spec`. */
const templatePaths: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ['spec', 'template'],
  ReplicaSet: ['spec', 'template'],
  ReplicationController: ['spec', 'template'],
  DaemonSet: ['spec', 'template'],
  StatefulSet: ['spec', 'template'],
  Job: ['spec', 'template'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
}

/** The path of the pod template in objects of a kind; undefined for kinds without one. */
export function templatePath(kind: string): readonly string[] | undefined {
  return templatePaths[kind]
}

/** The pod spec inside an object. Throws, in kubectl's words, for kinds that make no pods. */
export function podSpecOf(object: Unstructured): JsonObject {
  const path = templatePath(object.kind ?? '')
  const spec = path && dig(object, ...path, 'spec')
  if (!isObject(spec)) {
    throw new CommandError(
      `the object is not a pod or does not have a pod template: *${(object.apiVersion ?? '').replace(/^.*\//, '')}.${object.kind}`,
    )
  }
  return spec
}

/** The pod spec's containers of a list such as `containers`. */
export function containersIn(spec: JsonObject, field: 'containers' | 'initContainers' = 'containers'): JsonObject[] {
  const list = spec[field]
  return Array.isArray(list) ? list.filter(isObject) : []
}
