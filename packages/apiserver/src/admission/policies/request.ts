import { Namespace } from '@wherry/api'
import { AuthorizerValue, type CheckAuthorizer, ResourceCheck } from '@wherry/cel'
import { type Authorizer, pathAttributes, resourceAttributes } from '../../authz/authorizer.ts'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { UserInfo } from '../../registry/resource.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { type Form, requestForm } from '../webhooks/forms.ts'
import { namespaceOf } from '../webhooks/matching.ts'

const optionKinds = { CREATE: 'CreateOptions', UPDATE: 'UpdateOptions', DELETE: 'DeleteOptions' } as const

/** The variable `request`: an AdmissionRequest without uid and objects, where empty fields are absent. */
export function requestOf(attributes: AdmissionAttributes, form: Form): object {
  const { user, subresource, operation, dryRun, name } = attributes
  const own = requestForm(attributes)
  const namespace = namespaceOf(attributes)
  const resourceOf = ({ resource: { group, version, resource } }: Form) => ({ group, version, resource })
  const groups = user.groups.length > 0 ? { groups: user.groups } : {}
  const extra = user.extra && Object.keys(user.extra).length > 0 ? { extra: user.extra } : {}
  return {
    kind: form.kind,
    resource: resourceOf(form),
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: own.kind,
    requestResource: resourceOf(own),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      ...(user.name ? { username: user.name } : {}),
      ...(user.uid ? { uid: user.uid } : {}),
      ...groups,
      ...extra,
    },
    dryRun,
    ...(operation === 'CONNECT'
      ? {}
      : {
          options: {
            kind: optionKinds[operation],
            apiVersion: 'meta.k8s.io/v1',
            ...(dryRun ? { dryRun: ['All'] } : {}),
          },
        }),
  }
}

/** The variable `namespaceObject`: the request's namespace without managed fields and owners; null outside of any. */
export function namespaceObjectOf(attributes: AdmissionAttributes, behaviours: Behaviours): object | null {
  const { resource, namespace: name } = attributes
  if (!name || (resource.group === '' && resource.resource === 'namespaces')) return null
  const found = behaviours.store(Namespace).get({ name })
  if (!found) return null
  const { managedFields: _fields, ownerReferences: _owners, ...metadata } = found.metadata
  return { metadata, spec: found.spec ?? {}, status: found.status ?? {} }
}

/** The variable `authorizer` for a user. */
export function authorizerOf(authorizer: Authorizer, user: UserInfo): CheckAuthorizer {
  return {
    check(request) {
      const asked =
        'path' in request
          ? pathAttributes(request.verb, request.path)
          : resourceAttributes({ ...request, apiGroup: request.group, apiVersion: '*' })
      return authorizer.authorize(user, asked)
    },
    serviceAccount(namespace, name) {
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated']
      return authorizerOf(authorizer, { name: `system:serviceaccount:${namespace}:${name}`, groups })
    },
  }
}

/** The variables `authorizer` and `authorizer.requestResource`. */
export function authorizerVariables(authorizer: Authorizer | undefined, attributes: AdmissionAttributes) {
  if (!authorizer) return {}
  const check = authorizerOf(authorizer, attributes.user)
  const { resource, subresource, name } = attributes
  const request = {
    group: resource.group,
    resource: resource.resource,
    subresource,
    namespace: namespaceOf(attributes),
    name,
  }
  return { authorizer: new AuthorizerValue(check), requestResource: new ResourceCheck(check, request) }
}
