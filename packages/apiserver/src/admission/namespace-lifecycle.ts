import { Namespace } from '@wherry/api'
import { forbidden, groupResource, notFound, StatusError } from '@wherry/apimachinery'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { refusal } from './targets.ts'

const immortal = ['default', 'kube-system', 'kube-public']

/** Nothing is created in a namespace that is not there, or that goes away; the system's own may not be deleted. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  async admit(attributes, behaviours) {
    const { operation, resource, namespace, name } = attributes
    if (resource.group === '' && resource.resource === Namespace.resource) {
      if (operation === 'DELETE' && immortal.includes(name)) {
        throw forbidden(groupResource(Namespace), name, 'this namespace may not be deleted')
      }
      return
    }
    if (!namespace || operation !== 'CREATE') return
    // Whether the namespace exists is not for everyone to know who may ask what they can do in it.
    if (resource.group === 'authorization.k8s.io' && resource.resource === 'localsubjectaccessreviews') return
    const found = behaviours.store(Namespace).get({ name: namespace })
    if (!found) throw notFound(groupResource(Namespace), namespace)
    if (found.status?.phase === 'Terminating') throw terminating(attributes, namespace)
  },
}

function terminating(attributes: AdmissionAttributes, namespace: string): StatusError {
  const { status } = refusal(
    attributes,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  }
  return new StatusError({ ...status, details: { ...status.details, causes: [cause] } })
}
