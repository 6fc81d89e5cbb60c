import {
  type ControllerRevision,
  type PodTemplateSpec,
  ControllerRevision as ControllerRevisionKind,
  Deployment,
  ReplicaSet,
} from '@wherry/api'
import { applyStrategicMergePatch, getController, matcherOf } from '@wherry/apimachinery'
import type { Connection } from '../access/connection.ts'
import type { Found } from '../access/targets.ts'
import { dig, isObject, record, type Unstructured } from '../objects/json.ts'
import { typeNameOf } from '../objects/type-name.ts'

/** One kept state of a workload. */
export interface Revision {
  number: number
  cause: string
  /** The pod template of that time. */
  template: PodTemplateSpec | undefined
  /** The object that keeps it: a ReplicaSet or a ControllerRevision. */
  keeper: Unstructured
}

export const revisionAnnotation = 'deployment.kubernetes.io/revision'
export const changeCauseAnnotation = 'kubernetes.io/change-cause'
const hashLabel = 'pod-template-hash'

/** The kept states of a deployment, daemon set or stateful set, oldest first. */
export async function revisionsOf(connection: Connection, found: Found): Promise<Revision[]> {
  return found.kind.kind === 'Deployment' ? ofDeployment(connection, found) : ofControllerRevisions(connection, found)
}

async function ofDeployment(connection: Connection, { namespace, name }: Found): Promise<Revision[]> {
  const deployment = await connection.client.get(Deployment, { namespace, name })
  const labelSelector = matcherOf(deployment.spec?.selector).toString()
  const { items } = await connection.client.list(ReplicaSet, { namespace, labelSelector })
  return items
    .filter(({ metadata }) => getController(metadata)?.uid === deployment.metadata.uid)
    .map((set) => ({
      number: Number(set.metadata.annotations?.[revisionAnnotation] ?? 0),
      cause: set.metadata.annotations?.[changeCauseAnnotation] ?? '',
      template: set.spec?.template,
      keeper: { ...set },
    }))
    .filter(({ number }) => number > 0)
    .sort((a, b) => a.number - b.number)
}

async function ofControllerRevisions(connection: Connection, { kind, namespace, object }: Found): Promise<Revision[]> {
  const selector = record(dig(object, 'spec', 'selector'))
  const labelSelector = matcherOf(selector).toString()
  const { items } = await connection.client.list(ControllerRevisionKind, { namespace, labelSelector })
  return items
    .filter(({ metadata }) => getController(metadata)?.uid === object.metadata.uid)
    .map((revision) => ({
      number: revision.revision,
      cause: revision.metadata.annotations?.[changeCauseAnnotation] ?? '',
      template: templateIn(revision, object, typeNameOf(kind)),
      keeper: { ...revision },
    }))
    .sort((a, b) => a.number - b.number)
}

/** A controller revision keeps a patch; put on the object, it gives the template. */
function templateIn(
  revision: ControllerRevision,
  object: Unstructured,
  typeName: string | undefined,
): PodTemplateSpec | undefined {
  const patched = typeName === undefined ? object : applyStrategicMergePatch(object, revision.data, typeName)
  const template = dig(patched, 'spec', 'template')
  return isTemplate(template) ? template : undefined
}

/** The server has checked the object that it came from. */
function isTemplate(value: unknown): value is PodTemplateSpec {
  return isObject(value)
}

/** The template without the label that the controller puts on each ReplicaSet's pods. */
export function withoutHash(template: unknown): unknown {
  const labels = { ...record(dig(template, 'metadata', 'labels')) }
  delete labels[hashLabel]
  return isObject(template) ? { ...template, metadata: { ...record(template.metadata), labels } } : template
}
