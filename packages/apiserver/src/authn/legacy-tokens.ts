import { Secret, ServiceAccount } from '@wherry/api'
import { type DeepReadonly, formatTime, isStatusError, unauthorized } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { serverUser, serviceAccountGroups, serviceAccountUserName } from './user-info.ts'

/** Whom the tokens in Secrets of type `kubernetes.io/service-account-token` say they are from. */
export const legacyIssuer = 'kubernetes/serviceaccount'

const claimPrefix = 'kubernetes.io/serviceaccount/'
const lastUsedLabel = 'kubernetes.io/legacy-token-last-used'
const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since'
const day = 24 * 3600 * 1000

/**
 * The user that a token out of a Secret stands for, as long as the Secret holds it and its service account is there.
 * Throws 401 where it does not. The Secret's label tells on which day the token was used last. Without `behaviours` the
 * claims are believed. As upstream `pkg/serviceaccount/legacy.go`.
 */
export async function legacyUser(
  token: string,
  payload: Readonly<Record<string, unknown>>,
  behaviours: Behaviours | undefined,
): Promise<UserInfo> {
  const subject = text(payload.sub)
  if (subject === '') throw unauthorized('sub claim is missing')
  const namespace = claim(payload, 'namespace', 'namespace')
  const secretName = claim(payload, 'secret.name', 'secretName')
  const name = claim(payload, 'service-account.name', 'serviceAccountName')
  const uid = claim(payload, 'service-account.uid', 'serviceAccountUID')
  const user = { name: serviceAccountUserName(namespace, name), uid, groups: serviceAccountGroups(namespace) }
  if (subject !== user.name) throw unauthorized('sub claim is invalid')
  if (behaviours) await mustHold(token, { namespace, secretName, name, uid }, behaviours)
  return user
}

interface Holder {
  readonly namespace: string
  readonly secretName: string
  readonly name: string
  readonly uid: string
}

async function mustHold(token: string, holder: Holder, behaviours: Behaviours): Promise<void> {
  const { namespace, secretName, name, uid } = holder
  const secret = behaviours.store(Secret).get({ namespace, name: secretName })
  if (!secret || secret.metadata.deletionTimestamp) throw unauthorized('Token has been invalidated')
  if (Buffer.from(secret.data?.token ?? '', 'base64').toString('utf8') !== token) {
    throw unauthorized("Token does not match server's copy")
  }
  const account = behaviours.store(ServiceAccount).get({ namespace, name })
  if (!account) throw unauthorized(`serviceaccounts "${name}" not found`)
  if (account.metadata.deletionTimestamp) throw unauthorized(`ServiceAccount ${namespace}/${name} has been deleted`)
  if (account.metadata.uid !== uid) {
    throw unauthorized(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`)
  }
  await noteUse(secret, behaviours)
  if (!secret.metadata.labels?.[invalidSinceLabel]) return
  throw unauthorized(
    `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
  )
}

/** Writes once a day; where clocks differ a little, tomorrow counts as today. */
async function noteUse({ metadata }: DeepReadonly<Secret>, behaviours: Behaviours): Promise<void> {
  const { namespace, name = '', labels } = metadata
  const [today = '', tomorrow] = [0, day].map((later) => formatTime(behaviours.now() + later).slice(0, 10))
  const last = labels?.[lastUsedLabel]
  if (last === today || last === tomorrow) return
  const change = (secret: Secret) => {
    secret.metadata.labels = { ...secret.metadata.labels, [lastUsedLabel]: today }
  }
  try {
    await behaviours.store(Secret).update({ namespace, name }, change, { user: serverUser })
  } catch (error) {
    // The token holds whether or not its use can be noted.
    if (!isStatusError(error)) throw error
  }
}

function claim(payload: Readonly<Record<string, unknown>>, key: string, what: string): string {
  const value = text(payload[`${claimPrefix}${key}`])
  if (value === '') throw unauthorized(`${what} claim is missing`)
  return value
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
