import {
  LocalSubjectAccessReview,
  type ResourceAttributes,
  SelfSubjectAccessReview,
  type SelfSubjectAccessReviewSpec,
  SelfSubjectReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
  type SubjectAccessReviewSpec,
  type SubjectAccessReviewStatus,
  TokenReview,
  type UserInfo as UserInfoView,
} from '@wherry/api'
import {
  badRequest,
  escapeValue,
  type FieldError,
  fieldInvalid,
  formatTime,
  groupKind,
  invalid,
  isUnauthorized,
} from '@wherry/apimachinery'
import {
  type AuthorizationAttributes,
  type Authorizer,
  pathAttributes,
  resourceAttributes,
} from '../authz/authorizer.ts'
import { nodeIdentity } from '../authz/node-authorizer.ts'
import { ruleIndexOf } from '../authz/rule-index.ts'
import type { Handler, HandlerTable } from '../registry/handlers.ts'
import type { UserInfo } from '../registry/resource.ts'
import { decoded } from './decoded.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'
import { authenticateBearer, type TokenAuthenticator } from './token-authenticator.ts'
import { type TokenLimits, tokenRequestHandler } from './token-request.ts'
import { authenticated } from './user-info.ts'

export interface ReviewDeps {
  readonly tokens: ServiceAccountTokens
  /** All that a TokenReview asks; the service accounts' unless told. */
  readonly tokenAuthenticators?: readonly TokenAuthenticator[]
  readonly authorizer: Authorizer
  /** How tokens of service accounts are bounded. */
  readonly limits?: TokenLimits
}

/** Kinds that answer a question and store nothing, and `serviceaccounts/token`. */
export function newReviewHandlers(deps: ReviewDeps): HandlerTable {
  const { tokens, tokenAuthenticators = [tokens], authorizer, limits } = deps
  return {
    '/serviceaccounts/token': { create: tokenRequestHandler(tokens, limits) },
    'authentication.k8s.io/tokenreviews': { create: reviewToken(tokenAuthenticators, tokens.audiences) },
    'authentication.k8s.io/selfsubjectreviews': { create: reviewSelf },
    'authorization.k8s.io/subjectaccessreviews': { create: reviewAccess(authorizer) },
    'authorization.k8s.io/localsubjectaccessreviews': { create: reviewLocalAccess(authorizer) },
    'authorization.k8s.io/selfsubjectaccessreviews': { create: reviewOwnAccess(authorizer) },
    'authorization.k8s.io/selfsubjectrulesreviews': { create: reviewRules },
  }
}

function reviewToken(authenticators: readonly TokenAuthenticator[], ownAudiences: readonly string[]): Handler {
  return async ({ body }) => {
    const review = decoded<TokenReview>(TokenReview, body)
    const { token, audiences } = review.spec ?? {}
    if (!token) throw badRequest('token is required for TokenReview in authentication')
    try {
      const verified = await authenticateBearer(authenticators, token, audiences?.length ? audiences : ownAudiences)
      const status = {
        authenticated: true,
        user: view(authenticated(verified.user)),
        audiences: [...verified.audiences],
      }
      return { status: 201, object: answer(TokenReview, review, status) }
    } catch (error) {
      if (!isUnauthorized(error) || !(error instanceof Error)) throw error
      const status = { user: {}, error: error.message }
      return { status: 201, object: answer(TokenReview, review, status) }
    }
  }
}

const reviewSelf: Handler = async ({ body, user }, behaviours) => {
  const review = decoded<SelfSubjectReview>(SelfSubjectReview, body)
  const metadata = { ...review.metadata, creationTimestamp: formatTime(behaviours.now()) }
  return { status: 201, object: answer(SelfSubjectReview, { ...review, metadata }, { userInfo: view(user) }) }
}

function reviewAccess(authorizer: Authorizer): Handler {
  return async ({ body }) => {
    const review = decoded<SubjectAccessReview>(SubjectAccessReview, body)
    const errors = [...attributeErrors(review.spec), ...subjectErrors(review.spec), ...metadataErrors(review)]
    if (errors.length > 0) throw invalid(groupKind(SubjectAccessReview), '', errors)
    const status = decide(authorizer, subjectOf(review.spec), review.spec)
    return { status: 201, object: answer(SubjectAccessReview, review, status) }
  }
}

function reviewLocalAccess(authorizer: Authorizer): Handler {
  return async ({ body, key }) => {
    const review = decoded<LocalSubjectAccessReview>(LocalSubjectAccessReview, body)
    const namespace = review.metadata?.namespace || key.namespace || ''
    const errors = [...attributeErrors(review.spec), ...subjectErrors(review.spec)]
    const { resourceAttributes: resource, nonResourceAttributes: path } = review.spec
    if (resource && (resource.namespace ?? '') !== namespace) {
      errors.push(
        fieldInvalid('spec.resourceAttributes.namespace', resource.namespace ?? '', 'must match metadata.namespace'),
      )
    }
    if (path) errors.push(fieldInvalid('spec.nonResourceAttributes', path, 'disallowed on this kind of request'))
    if (errors.length > 0) throw invalid(groupKind(LocalSubjectAccessReview), '', errors)
    if (namespace !== (key.namespace ?? '')) {
      throw badRequest(`namespace must match the requested namespace: ${namespace} != ${key.namespace}`)
    }
    const status = decide(authorizer, subjectOf(review.spec), review.spec)
    return { status: 201, object: answer(LocalSubjectAccessReview, review, status) }
  }
}

function reviewOwnAccess(authorizer: Authorizer): Handler {
  return async ({ body, user }) => {
    const review = decoded<SelfSubjectAccessReview>(SelfSubjectAccessReview, body)
    const errors = [...attributeErrors(review.spec), ...metadataErrors(review)]
    if (errors.length > 0) throw invalid(groupKind(SelfSubjectAccessReview), '', errors)
    return { status: 201, object: answer(SelfSubjectAccessReview, review, decide(authorizer, user, review.spec)) }
  }
}

const reviewRules: Handler = async ({ body, user }, behaviours) => {
  const review = decoded<SelfSubjectRulesReview>(SelfSubjectRulesReview, body)
  const namespace = review.spec?.namespace
  if (!namespace) throw badRequest('no namespace on request')
  const rules = [...ruleIndexOf(behaviours).grants(user, namespace)].flatMap((grant) => grant.rules)
  const isNode = nodeIdentity(user) !== undefined
  const status = {
    resourceRules: rules
      .filter((rule) => rule.resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups: apiGroups ?? [],
        resources: resources ?? [],
        ...(resourceNames?.length ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter((rule) => rule.nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs: nonResourceURLs ?? [] })),
    incomplete: isNode,
    ...(isNode ? { evaluationError: 'node authorizer does not support user rule resolution' } : {}),
  }
  return { status: 201, object: answer(SelfSubjectRulesReview, review, status) }
}

function answer(kind: { group: string; version: string; kind: string }, review: object, status: object): object {
  return { ...review, kind: kind.kind, apiVersion: `${kind.group}/${kind.version}`, status }
}

function decide(authorizer: Authorizer, user: UserInfo, spec: SelfSubjectAccessReviewSpec): SubjectAccessReviewStatus {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec
  const asked = resource ? askedOf(resource) : pathAttributes(path?.verb ?? '', path?.path ?? '')
  const { allowed, reason } = authorizer.authorize(user, asked)
  return { allowed, ...(reason === '' ? {} : { reason }) }
}

function askedOf(asked: ResourceAttributes) {
  const { verb, group, version, resource, subresource, name, namespace } = asked
  const attributes: AuthorizationAttributes = resourceAttributes({
    verb: verb ?? '',
    apiGroup: group ?? '',
    apiVersion: version ?? '*',
    resource: resource ?? '',
    subresource: subresource ?? '',
    name: name ?? '',
    namespace: namespace ?? '',
    fieldSelector: selectorOf(asked),
  })
  return attributes
}

/** A review names fields by requirements, or as text; what cannot be understood narrows nothing. */
function selectorOf({ fieldSelector }: ResourceAttributes): string {
  const requirements = fieldSelector?.requirements ?? []
  if (requirements.length === 0) return fieldSelector?.rawSelector ?? ''
  const terms = requirements.flatMap(({ key, operator, values = [] }) => {
    const sign = operator === 'In' ? '=' : operator === 'NotIn' ? '!=' : undefined
    const [value, ...more] = values
    return sign === undefined || value === undefined || more.length > 0 ? [] : [`${key}${sign}${escapeValue(value)}`]
  })
  return terms.join(',')
}

function subjectOf({ user, groups, uid, extra }: SubjectAccessReviewSpec): UserInfo {
  return { name: user ?? '', groups: groups ?? [], ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) }
}

function view({ name, uid, groups, extra }: UserInfo): UserInfoView {
  const copy: UserInfoView = { username: name }
  if (uid) copy.uid = uid
  copy.groups = [...groups]
  if (extra) copy.extra = Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]]))
  return copy
}

function attributeErrors(spec: SelfSubjectAccessReviewSpec | undefined): FieldError[] {
  if (spec?.resourceAttributes && spec.nonResourceAttributes) {
    const detail = 'cannot be specified in combination with resourceAttributes'
    return [fieldInvalid('spec.nonResourceAttributes', spec.nonResourceAttributes, detail)]
  }
  if (spec?.resourceAttributes || spec?.nonResourceAttributes) return []
  const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
  return [fieldInvalid('spec.resourceAttributes', null, detail)]
}

function subjectErrors(spec: SubjectAccessReviewSpec | undefined): FieldError[] {
  if (spec?.user || spec?.groups?.length) return []
  return [fieldInvalid('spec.user', spec?.user ?? '', 'at least one of user or group must be specified')]
}

function metadataErrors({ metadata }: SubjectAccessReview | SelfSubjectAccessReview): FieldError[] {
  const { managedFields, ...rest } = metadata ?? {}
  if (Object.values(rest).every((value) => value === undefined || value === null || value === '')) return []
  return [fieldInvalid('metadata', metadata, 'must be empty')]
}
