import { request } from 'node:https'
import { unauthorized } from '@wherry/apimachinery'
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'

export interface IssuerKeysDeps {
  readonly issuer: string
  /** PEM; the machine's own authorities unless told. */
  readonly ca: string | undefined
  now(): number
}

/** The keys that an issuer publishes, as jose asks for them. */
export interface IssuerKeys {
  readonly find: JWTVerifyGetKey
}

/** A key that is not there is looked for again, but not more often than this. */
const lookAgainAfter = 10_000
const maxDocument = 1024 * 1024
const patience = 30_000

/** Reads the issuer's discovery document and its keys when they are first needed, and when an unknown key is named. */
export function newIssuerKeys({ issuer, ca, now }: IssuerKeysDeps): IssuerKeys {
  let known: { keys: Promise<JWTVerifyGetKey>; at: number } | undefined
  const load = async (): Promise<JWTVerifyGetKey> => {
    const { createLocalJWKSet } = await import('jose')
    const document = await fetchJSON(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, ca)
    if (document.issuer !== issuer) {
      throw unauthorized(
        `oidc: issuer did not match the issuer returned by provider, expected "${issuer}" got "${String(document.issuer)}"`,
      )
    }
    const { keys } = await fetchJSON(String(document.jwks_uri), ca)
    const set: JSONWebKeySet = { keys: Array.isArray(keys) ? keys : [] }
    return createLocalJWKSet(set)
  }
  const current = (again: boolean): Promise<JWTVerifyGetKey> => {
    if (!known || (again && now() - known.at >= lookAgainAfter)) {
      const fresh = { keys: load(), at: now() }
      known = fresh
      fresh.keys.catch(() => {
        if (known === fresh) known = undefined
      })
    }
    return known.keys
  }
  return {
    async find(header, token) {
      const before = await current(false)
      try {
        return await before(header, token)
      } catch (error) {
        const after = await current(true)
        if (after === before) throw error
        return await after(header, token)
      }
    },
  }
}

function fetchJSON(url: string, ca: string | undefined): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const fail = (problem: string) => reject(unauthorized(`oidc: authenticator not initialized: ${url}: ${problem}`))
    if (!url.startsWith('https://')) return fail('the scheme must be https')
    const outgoing = request(url, { agent: false, timeout: patience, ...(ca === undefined ? {} : { ca }) })
    outgoing.on('timeout', () => outgoing.destroy(new Error('i/o timeout')))
    outgoing.on('error', (error) => fail(error.message))
    outgoing.on('response', (incoming) => {
      let text = ''
      incoming.setEncoding('utf8')
      incoming.on('data', (chunk: string) => {
        text += chunk
        if (text.length > maxDocument) outgoing.destroy(new Error('the answer is too long'))
      })
      incoming.on('end', () => {
        try {
          const value: unknown = JSON.parse(text)
          if (incoming.statusCode === 200 && typeof value === 'object' && value !== null) return resolve({ ...value })
          fail(`status ${incoming.statusCode}`)
        } catch {
          fail('the answer is no JSON')
        }
      })
    })
    outgoing.end()
  })
}
