import { Secret, ServiceAccount } from '@wherry/api'
import { type DeepReadonly, isConflict, isNotFound, splitKey } from '@wherry/apimachinery'
import { type Controller, watching } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { identityOf } from '../meta.ts'
import { accountKey, filled, isFor, tokenSecretType, withoutReferences } from './plan.ts'
import { newTokenSigner } from './token-signer.ts'

export interface TokensOptions {
  /** The private key in PEM. */
  readonly key: string
  readonly rootCA: string | undefined
}

const selection = { fieldSelector: `type=${tokenSecretType}` }

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` and deletes them with their service account, which in
 * turn loses its references to those that are deleted. As kube-controller-manager's serviceaccount-token-controller.
 */
export function newTokensController({ client, informers }: ControllerDeps, options: TokensOptions): Controller {
  const source = { sign: newTokenSigner(options.key), rootCA: options.rootCA }
  const accounts = informers.for(ServiceAccount).lister
  const secrets = informers.for(Secret, selection).lister
  secrets.addIndex('account', accountKey)
  /** The Secrets that each service account had: only of these can it be told that a reference leads nowhere. */
  const known = new Map<string, readonly string[]>()

  async function find(key: string, own: readonly DeepReadonly<Secret>[]) {
    const cached = accounts.get(key)
    if (cached && own.every((secret) => isFor(secret, cached))) return cached
    try {
      // A Secret may be seen before its service account is: it must not go for that.
      return await client.get(ServiceAccount, splitKey(key))
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** Others' writes bring the object here again. */
  const unlessChanged = (error: unknown) => {
    if (!isConflict(error) && !isNotFound(error)) throw error
  }

  return {
    name: 'serviceaccount-token',
    primary: ServiceAccount,
    watches: [{ ...watching(Secret, accountKey), selection }],
    async reconcile(key) {
      const own = secrets.byIndex('account', key)
      const before = known.get(key) ?? []
      if (own.length === 0 && before.length === 0) return undefined
      const account = await find(key, own)
      for (const secret of own) {
        const { namespace, name, uid } = identityOf(secret.metadata)
        if (account && isFor(secret, account)) {
          const wanted = filled(secret, account, source)
          if (wanted) await client.update(Secret, wanted).catch(unlessChanged)
        } else {
          await client.delete(Secret, { namespace, name }, { preconditions: { uid } }).catch(unlessChanged)
        }
      }
      const names = own.map(({ metadata }) => metadata.name ?? '')
      const changed =
        account &&
        withoutReferences(
          account,
          before.filter((name) => !names.includes(name)),
        )
      if (changed) await client.update(ServiceAccount, changed)
      if (names.length > 0) known.set(key, names)
      else known.delete(key)
      return undefined
    },
  }
}
