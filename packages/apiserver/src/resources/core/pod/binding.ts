import { type Binding, Pod } from '@wherry/api'
import {
  conflict,
  type DeepReadonly,
  deepClone,
  type FieldError,
  fieldNotSupported,
  fieldRequired,
  invalid,
} from '@wherry/apimachinery'
import { updatePodCondition } from '@wherry/component-helpers'
import type { Handler } from '../../../registry/handlers.ts'
import type { SubresourceStrategy } from '../../../registry/resource.ts'
import { struct } from '../../structs.ts'

/** What binding writes: the node, the PodScheduled condition, and labels and annotations of the binding. */
export const bindingStrategy: SubresourceStrategy<Pod> = {
  keepsGeneration: true,
  prepareForUpdate(pod, old) {
    const nodeName = pod.spec?.nodeName
    pod.spec = deepClone(old.spec ?? { containers: [] })
    if (nodeName) pod.spec.nodeName = nodeName
  },
}

/**
 * Puts the pod on a node, once. As `BindingREST` of pkg/registry/core/pod/storage: a pod that is already on a node, is
 * being deleted or still has scheduling gates answers 409.
 */
export const bindPod: Handler = async (request, behaviours) => {
  const { user, dryRun } = request
  const binding: DeepReadonly<Binding> = Object(request.body)
  // POST to /bindings names the pod in the body alone.
  const key = { ...request.key, name: request.key.name || (binding.metadata?.name ?? '') }
  const errors = validateBinding(binding)
  if (errors.length > 0) throw invalid({ group: '', kind: 'Binding' }, key.name, errors)
  const refuse = (cause: string) => conflict({ group: '', resource: 'pods/binding' }, key.name, cause)
  const bind = (pod: Pod): void => {
    const spec = struct(pod, 'spec')
    if (binding.metadata?.uid && binding.metadata.uid !== pod.metadata.uid) {
      throw refuse(
        `Precondition failed: UID in precondition: ${binding.metadata.uid}, UID in object meta: ${pod.metadata.uid}`,
      )
    }
    if (pod.metadata.deletionTimestamp) throw refuse(`pod ${key.name} is being deleted, cannot be assigned to a host`)
    if (spec.nodeName) throw refuse(`pod ${key.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`)
    if (spec.schedulingGates?.length) throw refuse(`pod ${key.name} has non-empty .spec.schedulingGates`)
    spec.nodeName = binding.target.name ?? ''
    const { annotations, labels } = binding.metadata ?? {}
    if (annotations) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations }
    if (labels) pod.metadata.labels = { ...pod.metadata.labels, ...labels }
    const condition = { type: 'PodScheduled', status: 'True', observedGeneration: pod.metadata.generation }
    updatePodCondition(struct(pod, 'status'), condition, behaviours.now())
    // A nomination has done its work.
    if (pod.status) delete pod.status.nominatedNodeName
  }
  await behaviours.store(Pod).update(key, bind, { user, dryRun, subresource: 'binding', untracked: true })
  return { status: 201, object: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } }
}

function validateBinding({ target }: DeepReadonly<Binding>): FieldError[] {
  const errors: FieldError[] = []
  const kind = target?.kind
  if (kind && kind !== 'Node') errors.push(fieldNotSupported('target.kind', kind, ['Node', '<empty>']))
  if (!target?.name) errors.push(fieldRequired('target.name'))
  return errors
}
