import { Namespace } from '@wherry/api'
import { AuthorizerValue, type CheckAuthorizer, ResourceCheck } from '@wherry/cel'
import { type Authorizer, pathAttributes, resourceAttributes } from '../../authz/authorizer.ts'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { UserInfo } from '../../registry/resource.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { isNamespace, namespaceOf } from '../matching/rules.ts'

/** The variable `namespaceObject`: the request's namespace without managed fields and owners; null outside of any. */
export function namespaceObjectOf(attributes: AdmissionAttributes, behaviours: Behaviours): object | null {
  const { namespace: name } = attributes
  if (!name || isNamespace(attributes)) return null
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
