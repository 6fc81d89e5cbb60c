import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { type Authenticator, newAuthenticator } from './authenticator.ts'
import { newBootstrapTokenAuthenticator } from './bootstrap-token.ts'
import { publicKeysOf } from './key-files.ts'
import { newOIDCAuthenticator, type OIDCOptions } from './oidc.ts'
import type { RequestHeaderOptions } from './request-header.ts'
import { newServiceAccountTokens, type ServiceAccountTokens } from './service-account-tokens.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'
import { newTokenFileAuthenticator } from './token-file.ts'
import type { TokenLimits } from './token-request.ts'

/** Whom the server believes, beyond client certificates and its own service account tokens. */
export interface AuthenticationOptions {
  /** Whether who shows no credentials is `system:anonymous`; true unless told. */
  readonly anonymous?: boolean | undefined
  readonly staticTokens?: ReadonlyMap<string, UserInfo> | undefined
  readonly requestHeader?: RequestHeaderOptions | undefined
  readonly bootstrapTokens?: boolean | undefined
  readonly oidc?: OIDCOptions | undefined
  readonly serviceAccounts?: ServiceAccountOptions | undefined
}

export interface ServiceAccountOptions extends TokenLimits {
  /** PEM texts with keys whose tokens are believed; the signing key's unless told. */
  readonly keys?: readonly string[] | undefined
  readonly formerIssuers?: readonly string[] | undefined
  readonly audiences?: readonly string[] | undefined
  readonly lookup?: boolean | undefined
  /** What the discovery document says instead of this server's own address. */
  readonly jwksURI?: string | undefined
}

export interface AuthenticationDeps {
  readonly behaviours: Behaviours
  readonly issuer: string
  readonly signingKey: string
  readonly clientCA: string | undefined
  readonly options: AuthenticationOptions
}

export interface Authentication {
  readonly authenticator: Authenticator
  readonly tokens: ServiceAccountTokens
  /** In upstream's order: static tokens, service accounts, bootstrap tokens, OpenID Connect. */
  readonly tokenAuthenticators: readonly TokenAuthenticator[]
}

/** Composes what the server authenticates with (upstream `pkg/kubeapiserver/authenticator/config.go`). */
export function newAuthentication(deps: AuthenticationDeps): Authentication {
  const { behaviours, options, clientCA } = deps
  const { keys, formerIssuers, audiences, lookup } = options.serviceAccounts ?? {}
  const tokens = newServiceAccountTokens({
    behaviours,
    signingKey: deps.signingKey,
    issuer: deps.issuer,
    formerIssuers,
    audiences,
    lookup,
    verificationKeys: keys?.length ? keys.flatMap(publicKeysOf) : undefined,
  })
  const now = () => behaviours.now()
  const tokenAuthenticators: TokenAuthenticator[] = [
    ...(options.staticTokens ? [newTokenFileAuthenticator(options.staticTokens)] : []),
    tokens,
    ...(options.bootstrapTokens ? [newBootstrapTokenAuthenticator(behaviours)] : []),
    ...(options.oidc ? [newOIDCAuthenticator({ options: options.oidc, now })] : []),
  ]
  const authenticator = newAuthenticator({
    behaviours,
    tokenAuthenticators,
    audiences: tokens.audiences,
    clientCA,
    requestHeader: options.requestHeader,
    anonymous: options.anonymous,
  })
  return { authenticator, tokens, tokenAuthenticators }
}
