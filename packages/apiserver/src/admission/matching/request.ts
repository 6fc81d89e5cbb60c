import type { AdmissionAttributes } from '../admission.ts'
import { type Form, requestForm } from './forms.ts'
import { namespaceOf } from './rules.ts'

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const

/**
 * What webhooks and expressions are told of a request: an AdmissionRequest without uid and objects, where empty fields
 * are absent. As upstream: webhook/request, `CreateV1AdmissionReview`; v1beta1 looks alike.
 */
export function admissionRequest(attributes: AdmissionAttributes, form: Form): object {
  const { user, subresource, operation, dryRun, name, options } = attributes
  const own = requestForm(attributes)
  const namespace = namespaceOf(attributes)
  const resourceOf = ({ resource: { group, version, resource } }: Form) => ({ group, version, resource })
  return {
    kind: form.kind,
    resource: resourceOf(form),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: own.kind,
    requestResource: resourceOf(own),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      ...(user.name ? { username: user.name } : {}),
      ...(user.uid ? { uid: user.uid } : {}),
      ...(user.groups.length > 0 ? { groups: user.groups } : {}),
      ...(user.extra && Object.keys(user.extra).length > 0 ? { extra: user.extra } : {}),
    },
    dryRun,
    ...(operation === 'CONNECT'
      ? {}
      : {
          options: {
            kind: optionKinds[operation],
            apiVersion: 'meta.k8s.io/v1',
            ...options,
            ...(dryRun ? { dryRun: ['All'] } : {}),
          },
        }),
  }
}
