import { unauthorized } from '@wherry/apimachinery'
import type { JWTPayload } from 'jose'
import { newIssuerKeys } from './oidc-keys.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'
import { credentialIDKey } from './user-info.ts'

/** Upstream's `--oidc-*` flags. */
export interface OIDCOptions {
  readonly issuerURL: string
  readonly clientID: string
  /** PEM: the issuer's CA; the machine's own unless told. */
  readonly ca?: string | undefined
  readonly usernameClaim: string
  /** `-` for none; by default the issuer, but for the claim `email`. */
  readonly usernamePrefix: string
  readonly groupsClaim: string
  readonly groupsPrefix: string
  readonly signingAlgs: readonly string[]
  readonly requiredClaims: Readonly<Record<string, string>>
}

export interface OIDCDeps {
  readonly options: OIDCOptions
  now(): number
}

/** ID tokens of an OpenID Connect issuer (upstream `apiserver/plugin/pkg/authenticator/token/oidc`). */
export function newOIDCAuthenticator({ options, now }: OIDCDeps): TokenAuthenticator {
  const keys = newIssuerKeys({ issuer: options.issuerURL, ca: options.ca, now })
  return {
    async authenticateToken(token, audiences) {
      const { decodeJwt, jwtVerify } = await import('jose')
      if (issuerOf(token, decodeJwt) !== options.issuerURL) return undefined
      const settings = {
        issuer: options.issuerURL,
        algorithms: [...options.signingAlgs],
        currentDate: new Date(now()),
      }
      const verified = await jwtVerify(token, keys.find, settings).catch((cause: unknown) => {
        throw unauthorized(`oidc: verify token: ${cause instanceof Error ? cause.message : cause}`)
      })
      const { payload } = verified
      const given = [payload.aud ?? []].flat()
      if (!given.includes(options.clientID)) {
        throw unauthorized(
          `oidc: verify token: oidc: expected audience "${options.clientID}" got ${JSON.stringify(given)}`,
        )
      }
      checkRequired(payload, options)
      const expires = payload.exp === undefined ? {} : { expires: payload.exp * 1000 }
      return { user: userOf(payload, options), audiences, ...expires }
    },
  }
}

function issuerOf(token: string, decode: (token: string) => JWTPayload): string | undefined {
  try {
    return decode(token).iss
  } catch {
    return undefined
  }
}

function checkRequired(payload: JWTPayload, { requiredClaims }: OIDCOptions): void {
  for (const [claim, wanted] of Object.entries(requiredClaims)) {
    const value = payload[claim]
    if (value === undefined) throw unauthorized(`oidc: required claim ${claim} not present in ID token`)
    if (value !== wanted) {
      throw unauthorized(`oidc: required claim ${claim} value does not match. Got = ${String(value)}, want = ${wanted}`)
    }
  }
}

function userOf(payload: JWTPayload, options: OIDCOptions) {
  const { usernameClaim, groupsClaim, groupsPrefix } = options
  const name = payload[usernameClaim]
  if (typeof name !== 'string') {
    throw unauthorized(`oidc: parse username claims "${usernameClaim}": claim not present`)
  }
  if (usernameClaim === 'email' && payload.email_verified !== undefined && payload.email_verified !== true) {
    throw unauthorized('oidc: email not verified')
  }
  const groups = groupsClaim === '' ? [] : [payload[groupsClaim] ?? []].flat()
  if (!groups.every((group) => typeof group === 'string')) {
    throw unauthorized(`oidc: parse groups claim "${groupsClaim}": json: cannot unmarshal into a list of strings`)
  }
  return {
    name: prefixOf(options) + name,
    groups: groups.map((group) => groupsPrefix + group),
    ...(payload.jti === undefined ? {} : { extra: { [credentialIDKey]: [`JTI=${payload.jti}`] } }),
  }
}

function prefixOf({ usernamePrefix, usernameClaim, issuerURL }: OIDCOptions): string {
  if (usernamePrefix === '-') return ''
  if (usernamePrefix !== '' || usernameClaim === 'email') return usernamePrefix
  return `${issuerURL}#`
}
