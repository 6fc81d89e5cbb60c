import { timingSafeEqual } from 'node:crypto'
import { Secret } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { TokenAuthenticator } from './token-authenticator.ts'

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/
const bootstrappers = 'system:bootstrappers'

/**
 * Tokens that a new node joins with: secrets `bootstrap-token-ID` of kube-system, for as long as they hold. Whatever is
 * wrong with one, the token is merely unknown (upstream `plugin/pkg/auth/authenticator/token/bootstrap`).
 */
export function newBootstrapTokenAuthenticator(behaviours: Behaviours): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      const [, id, secret] = tokenPattern.exec(token) ?? []
      if (id === undefined || secret === undefined) return undefined
      const stored = behaviours.store(Secret).get({ namespace: 'kube-system', name: `bootstrap-token-${id}` })
      if (!stored || !holds(stored, id, secret, behaviours.now())) return undefined
      const groups = groupsOf(stored)
      return groups && { user: { name: `system:bootstrap:${id}`, groups }, audiences }
    },
  }
}

function holds(stored: DeepReadonly<Secret>, id: string, secret: string, now: number): boolean {
  if (stored.metadata.deletionTimestamp !== undefined || stored.type !== 'bootstrap.kubernetes.io/token') return false
  const expiration = field(stored, 'expiration')
  return (
    same(field(stored, 'token-secret'), secret) &&
    field(stored, 'token-id') === id &&
    (expiration === '' || Date.parse(expiration) > now) &&
    field(stored, 'usage-bootstrap-authentication') === 'true'
  )
}

/** Undefined when one of the groups may not be given by a token. */
function groupsOf(stored: DeepReadonly<Secret>): string[] | undefined {
  const extra = field(stored, 'auth-extra-groups')
  const groups = extra === '' ? [] : extra.split(',')
  if (!groups.every((group) => groupPattern.test(group))) return undefined
  return [...new Set([bootstrappers, ...groups])].sort()
}

function field({ data }: DeepReadonly<Secret>, name: string): string {
  return Buffer.from(data?.[name] ?? '', 'base64').toString('utf8')
}

function same(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
