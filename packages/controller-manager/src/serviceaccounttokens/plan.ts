import type { Secret, ServiceAccount } from '@wherry/api'
import { type DeepReadonly, deepClone, semanticEqual } from '@wherry/apimachinery'
import { identityOf } from '../meta.ts'
import type { TokenSigner } from './token-signer.ts'

export const tokenSecretType = 'kubernetes.io/service-account-token'
const nameAnnotation = 'kubernetes.io/service-account.name'
const uidAnnotation = 'kubernetes.io/service-account.uid'

type SecretValue = DeepReadonly<Secret>
type AccountValue = DeepReadonly<ServiceAccount>

/** The key of the service account that the Secret is for. */
export function accountKey({ metadata }: SecretValue): string[] {
  const name = metadata.annotations?.[nameAnnotation]
  return name ? [`${metadata.namespace}/${name}`] : []
}

/** Whether the Secret is for this service account, and not for an earlier one of its name. */
export function isFor({ metadata }: SecretValue, account: AccountValue): boolean {
  const uid = metadata.annotations?.[uidAnnotation]
  return !uid || uid === account.metadata.uid
}

export interface TokenSource {
  readonly sign: TokenSigner
  /** The cluster's CA in PEM; absent: Secrets get none. */
  readonly rootCA: string | undefined
}

/**
 * The Secret with token, namespace and CA; undefined where it has them. A token that is there stays. As
 * `generateTokenIfNeeded` of upstream's tokens_controller.go.
 */
export function filled(secret: SecretValue, account: AccountValue, source: TokenSource): Secret | undefined {
  const { namespace, name, uid } = identityOf(account.metadata)
  const data: Record<string, string> = { ...secret.data }
  if (source.rootCA) data['ca.crt'] = base64(source.rootCA)
  data.namespace ||= base64(namespace)
  if (semanticEqual(data, secret.data) && data.token) return undefined
  const subject = { namespace, serviceAccount: { name, uid }, secret: secret.metadata.name ?? '' }
  data.token ||= base64(source.sign(subject))
  const copy = deepClone<Secret>(secret)
  copy.metadata.annotations = { ...copy.metadata.annotations, [nameAnnotation]: name, [uidAnnotation]: uid }
  return { ...copy, data }
}

/** The service account without references to these Secrets; undefined where it has none. */
export function withoutReferences(account: AccountValue, gone: readonly string[]): ServiceAccount | undefined {
  const kept = account.secrets?.filter(({ name }) => !gone.includes(name ?? ''))
  if (!kept || kept.length === account.secrets?.length) return undefined
  const { secrets: _secrets, ...copy } = deepClone<ServiceAccount>(account)
  return kept.length > 0 ? { ...copy, secrets: kept.map((reference) => ({ ...reference })) } : copy
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
