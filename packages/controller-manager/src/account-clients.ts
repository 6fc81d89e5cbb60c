import { ServiceAccount, type TokenRequest } from '@wherry/api'
import { isAlreadyExists, isNotFound } from '@wherry/apimachinery'
import { type Client, type ClientConfig, type Credentials, newClient } from '@wherry/client'
import type { Clock } from '@wherry/component-base'

export interface AccountClientsDeps {
  /** The controller manager's own. */
  readonly client: Client
  readonly config: ClientConfig
  readonly clock: Clock
}

export interface AccountClients {
  /** A client that acts as the service account of this name in kube-system. */
  for(account: string): Client
  close(): void
}

const namespace = 'kube-system'
const lifetimeSeconds = 3600
/** A token is replaced when this share of its life is over. */
const renewAt = 0.8

/**
 * Clients of controllers that each act with no more than their own rights: a service account is made and a token asked
 * for when a controller first writes. As kube-controller-manager with `--use-service-account-credentials`.
 */
export function newAccountClients({ client, config, clock }: AccountClientsDeps): AccountClients {
  const clients = new Map<string, Client>()
  const { cert: _cert, key: _key, token: _token, username: _user, password: _word, credentials: _own, ...rest } = config

  const newToken = async (name: string): Promise<string> => {
    await ensureAccount(client, name)
    const spec = { audiences: [], expirationSeconds: lifetimeSeconds }
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec }
    const answer = await client.createSubresource<TokenRequest>(ServiceAccount, { namespace, name }, 'token', body)
    return answer.status?.token ?? ''
  }

  const sourceOf = (name: string) => {
    let known: { credentials: Promise<Credentials>; until: number } | undefined
    return {
      get(): Promise<Credentials> {
        if (!known || known.until <= clock.now()) {
          const fresh = {
            credentials: newToken(name).then((token) => ({ token })),
            until: clock.now() + lifetimeSeconds * 1000 * renewAt,
          }
          known = fresh
          fresh.credentials.catch(() => {
            if (known === fresh) known = undefined
          })
        }
        return known.credentials
      },
      rejected() {
        known = undefined
      },
    }
  }

  return {
    for(account) {
      let own = clients.get(account)
      if (!own) {
        own = newClient({
          ...rest,
          credentials: sourceOf(account),
          userAgent: `${config.userAgent ?? 'kube-controller-manager'}/system:serviceaccount:${namespace}:${account}`,
        })
        clients.set(account, own)
      }
      return own
    },
    close() {
      for (const own of clients.values()) own.close()
    },
  }
}

async function ensureAccount(client: Client, name: string): Promise<void> {
  try {
    await client.get(ServiceAccount, { namespace, name })
  } catch (error) {
    if (!isNotFound(error)) throw error
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } }
    await client.create(ServiceAccount, account).catch((problem: unknown) => {
      if (!isAlreadyExists(problem)) throw problem
    })
  }
}
