import { apiVersionOf, type Kind, type KubeObject, Pod, type PodTemplateSpec } from '@wherry/api'
import {
  controllerRef,
  type DeepReadonly,
  deepClone,
  isNotFound,
  hasStatusCause,
  nameIsDNSSubdomain,
} from '@wherry/apimachinery'

import type { Client, EventRecorder } from '@wherry/client'
import { identityOf } from '../meta.ts'

/** Creates and deletes the pods of one kind of controller, and tells of it in events on their owner. */
export interface PodControl {
  /** Resolves with undefined when the namespace is being deleted: every creation would fail. */
  create(owner: DeepReadonly<KubeObject>, pod: Pod): Promise<Pod | undefined>
  /** A pod that is gone already counts as deleted. */
  delete(owner: DeepReadonly<KubeObject>, pod: DeepReadonly<Pod>): Promise<void>
}

export interface PodControlDeps<O extends KubeObject> {
  client: Client
  events: EventRecorder
  ownerKind: Kind<O>
}

/** As kube-controller-manager `RealPodControl`: events SuccessfulCreate, FailedCreate, SuccessfulDelete, FailedDelete. */
export function newPodControl<O extends KubeObject>({ client, events, ownerKind }: PodControlDeps<O>): PodControl {
  const record = (owner: DeepReadonly<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string) => {
    events.event({ ...owner, apiVersion: apiVersionOf(ownerKind), kind: ownerKind.kind }, type, reason, message)
  }
  return {
    async create(owner, pod) {
      try {
        const created = await client.create(Pod, pod)
        record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`)
        return created
      } catch (error) {
        if (hasStatusCause(error, 'NamespaceTerminating')) return undefined
        record(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`)
        throw error
      }
    },
    async delete(owner, pod) {
      const { namespace, name, uid } = identityOf(pod.metadata)
      try {
        await client.delete(Pod, { namespace, name }, { preconditions: { uid } })
      } catch (error) {
        if (isNotFound(error)) return
        record(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`)
        throw error
      }
      record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`)
    },
  }
}

/** A pod from a template, owned by `owner`, whose name the server completes. As `GetPodFromTemplate`. */
export function podFromTemplate<O extends KubeObject>(
  template: DeepReadonly<PodTemplateSpec>,
  owner: DeepReadonly<O>,
  ownerKind: Kind<O>,
): Pod {
  const { namespace, name } = identityOf(owner.metadata)
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const prefix = `${name}-`
  // Long owners: the dash is dropped, as upstream does where it would make the name invalid.
  const generateName = nameIsDNSSubdomain(prefix, true).length === 0 ? prefix : name
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace,
      generateName,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [controllerRef(owner, ownerKind)],
    },
    ...(template.spec ? { spec: deepClone(template.spec) } : {}),
  }
}

/** What an error says, as Go's `%v` prints it. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
