import {
  excluding,
  type FieldFilter,
  fieldElement,
  type FieldSet,
  including,
  type PathElement,
  setOf,
} from '@wherry/apimachinery'
import type { ResourceDefinition } from '../registry/resource.ts'

const path = (text: string): PathElement[] => text.split('.').map(fieldElement)
const paths = (...texts: readonly string[]): FieldSet => setOf(...texts.map(path))

const status = excluding(paths('status'))
const spec = excluding(paths('spec'))
const specAndMetadata = excluding(paths('spec', 'metadata'))

/** What a resize of a pod can change: resources and their policies, of each container. */
const resized = ['containers', 'initContainers'].flatMap((list) =>
  ['resources', 'resizePolicy'].map((name) => [...path(`spec.${list}`), '*', fieldElement(name)]),
)

/**
 * What a write to a path cannot change and therefore does not own, where it is not what follows from the kind's having
 * a status. As upstream: the `GetResetFields` of each kind's strategy.
 */
const special: Readonly<Record<string, FieldFilter | undefined>> = {
  'apps/deployments/status': excluding(paths('spec', 'metadata.labels')),
  'apiregistration.k8s.io/apiservices/status': specAndMetadata,
  'storage.k8s.io/volumeattachments/status': specAndMetadata,
  'resource.k8s.io/resourceclaims/status': specAndMetadata,
  'flowcontrol.apiserver.k8s.io/flowschemas/status': specAndMetadata,
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/status': specAndMetadata,
  '/pods/status': excluding(paths('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences')),
  '/pods/ephemeralcontainers': including(path('spec.ephemeralContainers')),
  '/pods/resize': including(...resized),
  '/namespaces/finalize': status,
  'certificates.k8s.io/certificatesigningrequests/approval': excluding(paths('spec', 'status.certificate')),
}

/** Takes out of a set what a write of the resource or of its subresource cannot change. */
export function resetFields(definition: ResourceDefinition, subresource: string): FieldFilter | undefined {
  const { group, resource } = definition.kind
  const id = `${group}/${resource}/${subresource}`
  if (id in special) return special[id]
  if (!definition.status) return undefined
  if (subresource === '') return status
  if (subresource !== 'status') return undefined
  return definition.schema ? specAndMetadata : spec
}
