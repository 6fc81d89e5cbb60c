import { isDNS1123Label, isDNS1123Subdomain } from '@wherry/apimachinery'
import { declare, type FunctionDecl, type Implementation, member } from '../declarations.ts'
import { boolType, CelType, stringType } from '../types/types.ts'
import { CelFailure, noSuchOverload, Opaque, type Value } from '../values/value.ts'

const named = (name: string): CelType => new CelType('struct', `kubernetes.authorization.${name}`)
export const authorizerType = named('Authorizer')
export const pathCheckType = named('PathCheck')
export const groupCheckType = named('GroupCheck')
export const resourceCheckType = named('ResourceCheck')
export const decisionType = named('Decision')

/** What an expression asks to be authorized. */
export type AuthorizationRequest =
  | { path: string; verb: string }
  | {
      group: string
      resource: string
      subresource: string
      namespace: string
      name: string
      verb: string
      fieldSelector?: string
      labelSelector?: string
    }

export interface AuthorizationAnswer {
  allowed: boolean
  reason: string
  error?: string
}

/** Authorizes for one user; the host supplies it. `serviceAccount` gives the same for another user. */
export interface CheckAuthorizer {
  check(request: AuthorizationRequest): AuthorizationAnswer
  serviceAccount(namespace: string, name: string): CheckAuthorizer
}

abstract class Receiver extends Opaque {
  equals(other: Opaque): boolean {
    return this === other
  }

  toString(): string {
    return this.type.name
  }
}

/** The variable `authorizer`. */
export class AuthorizerValue extends Receiver {
  readonly authorizer: CheckAuthorizer

  constructor(authorizer: CheckAuthorizer) {
    super()
    this.authorizer = authorizer
  }

  get type(): CelType {
    return authorizerType
  }
}

class PathCheck extends Receiver {
  readonly authorizer: CheckAuthorizer
  readonly path: string

  constructor(authorizer: CheckAuthorizer, path: string) {
    super()
    this.authorizer = authorizer
    this.path = path
  }

  get type(): CelType {
    return pathCheckType
  }
}

class GroupCheck extends Receiver {
  readonly authorizer: CheckAuthorizer
  readonly group: string

  constructor(authorizer: CheckAuthorizer, group: string) {
    super()
    this.authorizer = authorizer
    this.group = group
  }

  get type(): CelType {
    return groupCheckType
  }
}

export type ResourceRequest = Omit<Extract<AuthorizationRequest, { resource: string }>, 'verb'>

/** A check of a resource; the variable `authorizer.requestResource` is one. */
export class ResourceCheck extends Receiver {
  readonly authorizer: CheckAuthorizer
  readonly request: ResourceRequest

  constructor(authorizer: CheckAuthorizer, request: ResourceRequest) {
    super()
    this.authorizer = authorizer
    this.request = request
  }

  get type(): CelType {
    return resourceCheckType
  }
}

class Decision extends Receiver {
  readonly answer: AuthorizationAnswer

  constructor(answer: AuthorizationAnswer) {
    super()
    this.answer = answer
  }

  get type(): CelType {
    return decisionType
  }
}

const narrow =
  (field: keyof ResourceRequest): Implementation =>
  (check, value) =>
    check instanceof ResourceCheck && typeof value === 'string'
      ? new ResourceCheck(check.authorizer, { ...check.request, [field]: value })
      : noSuchOverload()

function path(authorizer: Value = null, value: Value = null): Value {
  if (!(authorizer instanceof AuthorizerValue) || typeof value !== 'string') return noSuchOverload()
  return value.trim() === '' ? new CelFailure('path must not be empty') : new PathCheck(authorizer.authorizer, value)
}

function group(authorizer: Value = null, value: Value = null): Value {
  if (!(authorizer instanceof AuthorizerValue) || typeof value !== 'string') return noSuchOverload()
  return new GroupCheck(authorizer.authorizer, value)
}

function serviceAccount(authorizer: Value = null, namespace: Value = null, name: Value = null): Value {
  if (!(authorizer instanceof AuthorizerValue)) return noSuchOverload()
  if (typeof namespace !== 'string' || typeof name !== 'string') return noSuchOverload()
  if (isDNS1123Subdomain(name).length > 0) return new CelFailure('Invalid service account name')
  if (isDNS1123Label(namespace).length > 0) return new CelFailure('Invalid service account namespace')
  return new AuthorizerValue(authorizer.authorizer.serviceAccount(namespace, name))
}

function resource(check: Value = null, value: Value = null): Value {
  if (!(check instanceof GroupCheck) || typeof value !== 'string') return noSuchOverload()
  if (value.trim() === '') return new CelFailure('resource must not be empty')
  const request = { group: check.group, resource: value, subresource: '', namespace: '', name: '' }
  return new ResourceCheck(check.authorizer, request)
}

function check(value: Value = null, verb: Value = null): Value {
  if (typeof verb !== 'string') return noSuchOverload()
  if (value instanceof PathCheck) return new Decision(value.authorizer.check({ path: value.path, verb }))
  if (!(value instanceof ResourceCheck)) return noSuchOverload()
  return new Decision(value.authorizer.check({ ...value.request, verb }))
}

const onDecision =
  (call: (answer: AuthorizationAnswer) => Value): Implementation =>
  (value) =>
    value instanceof Decision ? call(value.answer) : noSuchOverload()

const s = stringType
const r = resourceCheckType
const d = decisionType

/** `authorizer.group('apps').resource('deployments').check('create').allowed()` (k8s `library/authz.go`). */
export const authorizerLibrary: readonly FunctionDecl[] = [
  declare('path', [member('authorizer_path', [authorizerType, s], pathCheckType, path)]),
  declare('group', [member('authorizer_group', [authorizerType, s], groupCheckType, group)]),
  declare('serviceAccount', [
    member('authorizer_serviceaccount', [authorizerType, s, s], authorizerType, serviceAccount),
  ]),
  declare('resource', [member('groupcheck_resource', [groupCheckType, s], r, resource)]),
  declare('subresource', [member('resourcecheck_subresource', [r, s], r, narrow('subresource'))]),
  declare('namespace', [member('resourcecheck_namespace', [r, s], r, narrow('namespace'))]),
  declare('name', [member('resourcecheck_name', [r, s], r, narrow('name'))]),
  declare('fieldSelector', [member('authorizer_fieldselector', [r, s], r, narrow('fieldSelector'))]),
  declare('labelSelector', [member('authorizer_labelselector', [r, s], r, narrow('labelSelector'))]),
  declare('check', [
    member('pathcheck_check', [pathCheckType, s], d, check),
    member('resourcecheck_check', [r, s], d, check),
  ]),
  declare('errored', [
    member(
      'decision_errored',
      [d],
      boolType,
      onDecision((answer) => answer.error !== undefined),
    ),
  ]),
  declare('error', [
    member(
      'decision_error',
      [d],
      s,
      onDecision((answer) => answer.error ?? ''),
    ),
  ]),
  declare('allowed', [
    member(
      'decision_allowed',
      [d],
      boolType,
      onDecision((answer) => answer.allowed),
    ),
  ]),
  declare('reason', [
    member(
      'decision_reason',
      [d],
      s,
      onDecision((answer) => answer.reason),
    ),
  ]),
]

/** `jsonpatch.escapeKey` (k8s `library/jsonpatch.go`), which mutating policies have beside the base environment. */
export const jsonPatchLibrary: readonly FunctionDecl[] = [
  declare('jsonpatch.escapeKey', [
    {
      id: 'string_jsonpatch_escapeKey_string',
      member: false,
      args: [s],
      result: s,
      params: [],
      call: (key) =>
        typeof key === 'string' ? key.replace(/[/~]/g, (c) => (c === '/' ? '~1' : '~0')) : noSuchOverload(),
    },
  ]),
]
