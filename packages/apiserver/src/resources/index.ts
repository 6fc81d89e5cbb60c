import type { HandlerTable } from '../registry/handlers.ts'
import type { ResourceDefinition } from '../registry/resource.ts'
import { admissionregistrationDefinitions } from './admissionregistration/index.ts'
import { apiextensionsDefinitions } from './apiextensions/index.ts'
import { apiregistrationDefinitions } from './apiregistration/index.ts'
import { appsDefinitions } from './apps/index.ts'
import { autoscalingDefinitions } from './autoscaling/index.ts'
import { batchDefinitions } from './batch/index.ts'
import { certificatesDefinitions } from './certificates/index.ts'
import { coordinationDefinitions } from './coordination/index.ts'
import { coreDefinitions } from './core/index.ts'
import { bindPod } from './core/pod/binding.ts'
import { evictPod } from './core/pod/eviction.ts'
import { discoveryDefinitions } from './discovery/index.ts'
import { eventsDefinitions } from './events/index.ts'
import { flowcontrolDefinitions } from './flowcontrol/index.ts'
import { networkingDefinitions } from './networking/index.ts'
import { nodeDefinitions } from './node/index.ts'
import { policyDefinitions } from './policy/index.ts'
import { rbacDefinitions } from './rbac/index.ts'
import { resourceDefinitions } from './resource/index.ts'
import { schedulingDefinitions } from './scheduling/index.ts'
import { storageDefinitions } from './storage/index.ts'

/** Every resource that the server stores and serves, in the order of discovery. */
export const definitions: readonly ResourceDefinition[] = [
  ...coreDefinitions,
  ...admissionregistrationDefinitions,
  ...apiextensionsDefinitions,
  ...apiregistrationDefinitions,
  ...appsDefinitions,
  ...autoscalingDefinitions,
  ...batchDefinitions,
  ...certificatesDefinitions,
  ...coordinationDefinitions,
  ...discoveryDefinitions,
  ...eventsDefinitions,
  ...flowcontrolDefinitions,
  ...networkingDefinitions,
  ...nodeDefinitions,
  ...policyDefinitions,
  ...rbacDefinitions,
  ...resourceDefinitions,
  ...schedulingDefinitions,
  ...storageDefinitions,
]

/** Subresources and virtual kinds with behaviour of their own. */
export const resourceHandlers: HandlerTable = {
  '/bindings': { create: bindPod },
  '/pods/binding': { create: bindPod },
  '/pods/eviction': { create: evictPod },
}
