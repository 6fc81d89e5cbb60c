import { createPublicKey } from 'node:crypto'
import { type FlagValues, UserError } from '@wherry/component-base'
import type { AuthenticationOptions, ServiceAccountOptions } from '../authn/authentication.ts'
import { publicKeysOf } from '../authn/key-files.ts'
import type { OIDCOptions } from '../authn/oidc.ts'
import type { RequestHeaderOptions } from '../authn/request-header.ts'
import { parseTokenFile } from '../authn/token-file.ts'
import { readFlagFile, readOptionalFile } from './files.ts'
import type { apiserverFlags } from './flags.ts'

type Flags = FlagValues<typeof apiserverFlags>

/** Whom the server believes, as its flags say. Throws `UserError` for what cannot be read or does not fit together. */
export async function authenticationOptions(flags: Flags, signingKey: string): Promise<AuthenticationOptions> {
  const tokenFile = await readOptionalFile('token-auth-file', flags['token-auth-file'])
  return {
    anonymous: flags['anonymous-auth'],
    bootstrapTokens: flags['enable-bootstrap-token-auth'],
    staticTokens:
      tokenFile === undefined ? undefined : told(() => parseTokenFile(tokenFile, flags['token-auth-file'] ?? '')),
    requestHeader: await requestHeaderOptions(flags),
    oidc: await oidcOptions(flags),
    serviceAccounts: await serviceAccountOptions(flags, signingKey),
  }
}

async function requestHeaderOptions(flags: Flags): Promise<RequestHeaderOptions | undefined> {
  const clientCA = await readOptionalFile('requestheader-client-ca-file', flags['requestheader-client-ca-file'])
  if (clientCA === undefined) return undefined
  return {
    clientCA,
    allowedNames: flags['requestheader-allowed-names'] ?? [],
    usernameHeaders: flags['requestheader-username-headers'] ?? [],
    uidHeaders: flags['requestheader-uid-headers'] ?? [],
    groupHeaders: flags['requestheader-group-headers'] ?? [],
    extraHeadersPrefix: flags['requestheader-extra-headers-prefix'] ?? [],
  }
}

async function oidcOptions(flags: Flags): Promise<OIDCOptions | undefined> {
  const { 'oidc-issuer-url': issuerURL, 'oidc-client-id': clientID } = flags
  if (!issuerURL !== !clientID) throw new UserError('oidc-issuer-url and oidc-client-id must be specified together')
  if (!issuerURL || !clientID) return undefined
  if (!URL.canParse(issuerURL) || new URL(issuerURL).protocol !== 'https:') {
    throw new UserError(`oidc-issuer-url: Invalid value: "${issuerURL}": URL scheme must be https`)
  }
  const required = (flags['oidc-required-claim'] ?? []).map((pair) => {
    const [name = '', ...value] = pair.split('=')
    if (value.length === 0) {
      throw new UserError(
        `invalid argument "${pair}" for "--oidc-required-claim" flag: malformed pair, expect string=string`,
      )
    }
    return [name.trim(), value.join('=').trim()] as const
  })
  return {
    issuerURL,
    clientID,
    ca: await readOptionalFile('oidc-ca-file', flags['oidc-ca-file']),
    usernameClaim: flags['oidc-username-claim'],
    usernamePrefix: flags['oidc-username-prefix'],
    groupsClaim: flags['oidc-groups-claim'],
    groupsPrefix: flags['oidc-groups-prefix'],
    signingAlgs: flags['oidc-signing-algs'],
    requiredClaims: Object.fromEntries(required),
  }
}

/** Bounds of `--service-account-max-token-expiration` (upstream `pkg/kubeapiserver/options/authentication.go`). */
const [minMaxExpiration, maxMaxExpiration] = [3600, 2 ** 32]

async function serviceAccountOptions(flags: Flags, signingKey: string): Promise<ServiceAccountOptions> {
  const files = flags['service-account-key-file'] ?? []
  const keys = await Promise.all(files.map((path) => readFlagFile('service-account-key-file', path)))
  for (const [i, key] of keys.entries()) {
    told(() => publicKeysOf(key), `--service-account-key-file: ${files[i]}: `)
  }
  if (keys.length > 0) checkSigningKey(signingKey, keys)
  const [issuer = '', ...formerIssuers] = flags['service-account-issuer']
  if (issuer.includes(':') && !URL.canParse(issuer)) {
    throw new UserError(`service-account-issuer "${issuer}" contained a ':' but was not a valid URL`)
  }
  const jwksURI = flags['service-account-jwks-uri']
  if (jwksURI !== undefined && !/^https:/.test(jwksURI)) {
    throw new UserError(`service-account-jwks-uri requires https scheme, parsed as: ${jwksURI}`)
  }
  const maxExpirationSeconds = flags['service-account-max-token-expiration'] / 1000
  if (
    maxExpirationSeconds !== 0 &&
    (maxExpirationSeconds < minMaxExpiration || maxExpirationSeconds > maxMaxExpiration)
  ) {
    throw new UserError('the service-account-max-token-expiration must be between 1 hour and 2^32 seconds')
  }
  return {
    keys,
    formerIssuers,
    audiences: flags['api-audiences'],
    lookup: flags['service-account-lookup'],
    jwksURI,
    extendExpiration: flags['service-account-extend-token-expiration'],
    ...(maxExpirationSeconds > 0 ? { maxExpirationSeconds } : {}),
  }
}

/** Tokens that the server issues and does not believe would be of no use to anyone. */
function checkSigningKey(signingKey: string, keys: readonly string[]): void {
  const own = createPublicKey(signingKey).export({ type: 'spki', format: 'der' })
  const known = keys.flatMap(publicKeysOf).some((key) => key.export({ type: 'spki', format: 'der' }).equals(own))
  if (!known) {
    throw new UserError(
      '--service-account-key-file does not hold the public half of --service-account-signing-key-file',
    )
  }
}

function told<T>(read: () => T, prefix = ''): T {
  try {
    return read()
  } catch (cause) {
    throw new UserError(`${prefix}${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
