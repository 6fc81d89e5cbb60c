import { Node, Pod, Secret, ServiceAccount } from '@wherry/api'
import { unauthorized } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { credentialIDKey, serviceAccountGroups, serviceAccountUserName } from './user-info.ts'

interface Reference {
  name: string
  uid?: string
}

/** The `kubernetes.io` claim of a service account's token, in upstream's form and order. */
export interface PrivateClaims {
  namespace: string
  node?: Reference
  pod?: Reference
  secret?: Reference
  serviceaccount: Reference
  /** Seconds since the epoch; after this a client should have fetched a new token. */
  warnafter?: number
}

/** The claims of a token as they come from outside. */
export function readPrivateClaims(value: unknown): PrivateClaims {
  const claims = member(value, undefined)
  const namespace = textMember(claims, 'namespace')
  const serviceaccount = reference(member(claims, 'serviceaccount'))
  if (namespace === undefined || !serviceaccount) throw unauthorized('invalid kubernetes.io claim')
  const pod = reference(member(claims, 'pod'))
  const node = reference(member(claims, 'node'))
  const secret = reference(member(claims, 'secret'))
  return { namespace, ...(node && { node }), ...(pod && { pod }), ...(secret && { secret }), serviceaccount }
}

function member(value: unknown, key: string | undefined): object | undefined {
  const found: unknown = key === undefined ? value : typeof value === 'object' && value && Reflect.get(value, key)
  return typeof found === 'object' && found !== null ? found : undefined
}

function textMember(value: object | undefined, key: string): string | undefined {
  const found: unknown = value && Reflect.get(value, key)
  return typeof found === 'string' ? found : undefined
}

function reference(value: object | undefined): Reference | undefined {
  const name = textMember(value, 'name')
  const uid = textMember(value, 'uid')
  return name === undefined ? undefined : { name, ...(uid === undefined ? {} : { uid }) }
}

/**
 * The user that verified claims stand for. Throws 401 unless the service account and every object that the token is
 * bound to still exist under the same uid, and their deletion is not due (upstream `pkg/serviceaccount/claims.go`);
 * without `behaviours` the claims are believed.
 */
export function claimedUser(
  claims: PrivateClaims,
  jti: string | undefined,
  behaviours: Behaviours | undefined,
): UserInfo {
  const { namespace, serviceaccount, pod, node } = claims
  if (behaviours) mustAllLive(claims, behaviours)
  const extra: Record<string, string[]> = {}
  if (pod) {
    extra['authentication.kubernetes.io/pod-name'] = [pod.name]
    extra['authentication.kubernetes.io/pod-uid'] = [pod.uid ?? '']
  }
  if (node) {
    extra['authentication.kubernetes.io/node-name'] = [node.name]
    if (node.uid !== undefined) extra['authentication.kubernetes.io/node-uid'] = [node.uid]
  }
  if (jti !== undefined) extra[credentialIDKey] = [`JTI=${jti}`]
  return {
    name: serviceAccountUserName(namespace, serviceaccount.name),
    uid: serviceaccount.uid ?? '',
    groups: serviceAccountGroups(namespace),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  }
}

function mustAllLive({ namespace, serviceaccount, pod, node, secret }: PrivateClaims, behaviours: Behaviours): void {
  const account = behaviours.store(ServiceAccount).get({ namespace, name: serviceaccount.name })
  if (!account) throw unauthorized(`serviceaccounts "${serviceaccount.name}" not found`)
  mustLive('service account', serviceaccount, account.metadata, behaviours.now())
  if (secret)
    mustLive(
      'secret',
      secret,
      behaviours.store(Secret).get({ namespace, name: secret.name })?.metadata,
      behaviours.now(),
    )
  if (pod) mustLive('pod', pod, behaviours.store(Pod).get({ namespace, name: pod.name })?.metadata, behaviours.now())
  else if (node) mustLive('node', node, behaviours.store(Node).get({ name: node.name })?.metadata, behaviours.now())
}

type Found = { readonly uid?: string; readonly deletionTimestamp?: string } | undefined

/** How long after its deletion is due an object still carries tokens; upstream's `deletionTimestamp` leeway. */
const leeway = 60_000

function mustLive(what: string, wanted: Reference, found: Found, now: number): void {
  if (!found) throw unauthorized(`${what} has been invalidated: ${wanted.name} not found`)
  if (found.deletionTimestamp !== undefined && Date.parse(found.deletionTimestamp) + leeway < now) {
    throw unauthorized(`${what} has been deleted`)
  }
  if (wanted.uid !== found.uid) {
    throw unauthorized(`the ${what} UID (${found.uid}) does not match the claim (${wanted.uid})`)
  }
}
