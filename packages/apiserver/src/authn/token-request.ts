import { type BoundObjectReference, Node, Pod, Secret, ServiceAccount, type TokenRequest } from '@wherry/api'
import {
  badRequest,
  conflict,
  type FieldError,
  fieldInvalid,
  formatTime,
  goQuote,
  groupResource,
  invalid,
  notFound,
  parseGroupVersion,
} from '@wherry/apimachinery'
import type { Behaviours, ObjectKey } from '../registry/behaviours.ts'
import type { Handler } from '../registry/handlers.ts'
import type { PrivateClaims } from './claims.ts'
import { decoded } from './decoded.ts'
import type { ServiceAccountTokens } from './service-account-tokens.ts'

const tokenRequestKind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }
const minExpiration = 600
const maxExpiration = 2 ** 32
const defaultExpiration = 3600

/** What the kubelet asks for by default; such a token outlives it, for clients that never read the file again. */
const warnExpiration = 3607
const extendedExpiration = 365 * 24 * 3600

type Bound = Omit<PrivateClaims, 'namespace' | 'serviceaccount'>

/** What a server allows tokens. */
export interface TokenLimits {
  /** Longer lives are shortened to this, with a warning; upstream's `--service-account-max-token-expiration`. */
  readonly maxExpirationSeconds?: number | undefined
  /** Whether the kubelet's own tokens outlive what it asks for; upstream's `--service-account-extend-token-expiration`. */
  readonly extendExpiration?: boolean | undefined
}

/** `serviceaccounts/NAME/token`: upstream `pkg/registry/core/serviceaccount/storage/token.go`. */
export function tokenRequestHandler(tokens: ServiceAccountTokens, limits: TokenLimits = {}): Handler {
  return async ({ key, body, dryRun, warn }, behaviours) => {
    const request = decoded<TokenRequest>(tokenRequestKind, body)
    checkMetadata(request, key)
    const account = behaviours.store(ServiceAccount).get(key)
    if (!account) throw notFound(groupResource(ServiceAccount), key.name)
    const spec = request.spec ?? {}
    const audiences = spec.audiences?.length ? spec.audiences : [...tokens.audiences]
    const asked = spec.expirationSeconds ?? defaultExpiration
    const errors = validateExpiration(asked)
    if (errors.length > 0) throw invalid(tokenRequestKind, '', errors)
    const expirationSeconds = limits.maxExpirationSeconds ? Math.min(asked, limits.maxExpirationSeconds) : asked
    if (expirationSeconds < asked) {
      warn(`requested expiration of ${asked} seconds shortened to ${expirationSeconds} seconds`)
    }
    const bound = spec.boundObjectRef ? resolve(spec.boundObjectRef, key, behaviours) : {}
    const extend =
      limits.extendExpiration !== false &&
      bound.pod !== undefined &&
      expirationSeconds === warnExpiration &&
      audiences.every((audience) => tokens.audiences.includes(audience))
    const now = behaviours.now()
    const token = dryRun
      ? ''
      : await tokens.issue({
          audiences,
          serviceAccount: { namespace: key.namespace ?? '', name: key.name, uid: account.metadata.uid ?? '' },
          expirationSeconds: extend ? extendedExpiration : expirationSeconds,
          private: extend ? { ...bound, warnafter: Math.floor(now / 1000) + expirationSeconds } : bound,
        })
    return {
      status: 201,
      object: {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: {
          ...request.metadata,
          name: key.name,
          namespace: key.namespace,
          creationTimestamp: formatTime(now),
        },
        spec: { ...spec, audiences, expirationSeconds },
        status: { token, expirationTimestamp: formatTime(now + expirationSeconds * 1000) },
      },
    }
  }
}

function checkMetadata({ metadata }: TokenRequest, key: ObjectKey): void {
  const errors: FieldError[] = []
  if (metadata?.name && metadata.name !== key.name) {
    errors.push(fieldInvalid('metadata.name', metadata.name, 'must match the service account name if specified'))
  } else if (metadata?.namespace && metadata.namespace !== key.namespace) {
    const detail = 'must match the service account namespace if specified'
    errors.push(fieldInvalid('metadata.namespace', metadata.namespace, detail))
  }
  if (errors.length > 0) throw invalid(tokenRequestKind, key.name, errors)
}

function validateExpiration(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds'
  if (seconds < minExpiration) return [fieldInvalid(field, seconds, 'may not specify a duration less than 10 minutes')]
  if (seconds > maxExpiration) {
    return [fieldInvalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
  }
  return []
}

/** The claims that bind a token to an object, which must exist and be the one that is meant. */
function resolve(ref: BoundObjectReference, { namespace, name: account }: ObjectKey, behaviours: Behaviours): Bound {
  const name = ref.name ?? ''
  const { group, version } = parseGroupVersion(ref.apiVersion ?? '')
  const type = `${group}/${version}, Kind=${ref.kind ?? ''}`
  if (group === '' && ref.kind === 'Pod') {
    const pod = behaviours.store(Pod).get({ namespace, name })
    if (!pod) throw notFound(groupResource(Pod), name)
    if (pod.spec?.serviceAccountName !== account) {
      throw badRequest(
        `cannot bind token for serviceaccount ${goQuote(account)} to pod running with different serviceaccount name.`,
      )
    }
    checkUID(ref, pod.metadata.uid)
    const node = pod.spec.nodeName ? nodeClaim(pod.spec.nodeName, behaviours) : undefined
    return { ...(node && { node }), pod: { name, uid: pod.metadata.uid ?? '' } }
  }
  if (group === '' && ref.kind === 'Node') {
    const node = behaviours.store(Node).get({ name })
    if (!node) throw notFound(groupResource(Node), name)
    checkUID(ref, node.metadata.uid)
    return { node: { name, uid: node.metadata.uid ?? '' } }
  }
  if (group === '' && ref.kind === 'Secret') {
    const secret = behaviours.store(Secret).get({ namespace, name })
    if (!secret) throw notFound(groupResource(Secret), name)
    checkUID(ref, secret.metadata.uid)
    return { secret: { name, uid: secret.metadata.uid ?? '' } }
  }
  throw badRequest(`cannot bind token to object of type ${type}`)
}

/** A pod's node may be gone already; its name stands in the token all the same. */
function nodeClaim(name: string, behaviours: Behaviours) {
  const uid = behaviours.store(Node).get({ name })?.metadata.uid
  return { name, ...(uid === undefined ? {} : { uid }) }
}

function checkUID(ref: BoundObjectReference, uid: string | undefined): void {
  if (!ref.uid || ref.uid === uid) return
  throw conflict(
    { group: '', resource: ref.kind ?? '' },
    ref.name ?? '',
    `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  )
}
