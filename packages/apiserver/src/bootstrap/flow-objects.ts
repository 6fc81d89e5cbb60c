import { FlowSchema, type Kind, type KubeObject, PriorityLevelConfiguration } from '@wherry/api'
import { deepClone } from '@wherry/apimachinery'
import { serverUser } from '../authn/user-info.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { flowSchemaSpecs, priorityLevelSpecs } from '../resources/flowcontrol/bootstrap-objects.ts'

/** Makes upstream's mandatory and suggested flow schemas and priority levels, where they are missing. */
export async function ensureFlowObjects(behaviours: Behaviours): Promise<void> {
  await Promise.all([
    ensure(behaviours, PriorityLevelConfiguration, priorityLevelSpecs),
    ensure(behaviours, FlowSchema, flowSchemaSpecs),
  ])
}

async function ensure<S, T extends KubeObject & { spec?: S }>(
  behaviours: Behaviours,
  kind: Kind<T>,
  specs: Readonly<Record<string, S>>,
): Promise<void> {
  const store = behaviours.store<KubeObject & { spec?: S }>(kind)
  const missing = Object.entries(specs).filter(([name]) => !store.get({ name }))
  const annotations = { 'apf.kubernetes.io/autoupdate-spec': 'true' }
  await Promise.all(
    missing.map(([name, spec]) =>
      store.create(
        {
          apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
          kind: kind.kind,
          metadata: { name, annotations: { ...annotations } },
          spec: deepClone<S>(spec),
        },
        { user: serverUser },
      ),
    ),
  )
}
