import { isDNS1123Subdomain } from '@wherry/apimachinery'
import {
  type AuthorizationAttributes,
  type Authorizer,
  forbiddenError,
  privilegedGroup,
  resourceAttributes,
} from '../authz/authorizer.ts'
import type { UserInfo } from '../registry/resource.ts'
import { extraProblem } from './impersonation-extra.ts'
import { allAuthenticated, anonymous, serviceAccountGroups } from './user-info.ts'

export interface Attempt {
  /** Who asks. */
  readonly user: UserInfo
  /** Whom the headers name. */
  readonly wanted: UserInfo
  /** What the request itself wants. */
  readonly attributes: AuthorizationAttributes
  readonly authorizer: Authorizer
}

/** One way of being allowed to act as somebody. */
export interface ImpersonationMode {
  applies(wanted: UserInfo, user: UserInfo): boolean
  /** The user to act as; throws 403 where the asker may not. */
  impersonate(attempt: Attempt): UserInfo
}

const unauthenticated = 'system:unauthenticated'
const nodeNameKey = 'authentication.kubernetes.io/node-name'

/**
 * The constrained modes first, which need `impersonate:MODE` on whom one acts as and `impersonate-on:MODE:VERB` on what
 * one does, and then the verb `impersonate`, which allows everything (upstream `impersonation/mode.go`).
 */
export const impersonationModes: readonly ImpersonationMode[] = [
  constrained('associated-node', (wanted, user) => onlyName(wanted) && isOwnNode(wanted.name, user), '*'),
  constrained('arbitrary-node', (wanted) => onlyName(wanted) && nodeName(wanted.name) !== undefined),
  constrained('serviceaccount', (wanted) => onlyName(wanted) && accountOf(wanted.name) !== undefined),
  constrained('user-info', ({ name }) => nodeName(name) === undefined && accountOf(name) === undefined),
  { applies: () => true, impersonate: (attempt) => checkedUser(attempt, 'impersonate', false) },
]

function constrained(mode: string, applies: ImpersonationMode['applies'], anyName?: string): ImpersonationMode {
  return {
    applies,
    impersonate(attempt) {
      check(attempt, { ...attempt.attributes, verb: `impersonate-on:${mode}:${attempt.attributes.verb}` })
      return checkedUser(attempt, `impersonate:${mode}`, true, anyName)
    },
  }
}

function checkedUser(attempt: Attempt, verb: string, isConstrained: boolean, anyName?: string): UserInfo {
  const { wanted } = attempt
  const groups = checkName(attempt, verb, isConstrained, anyName)
  const authentication = { apiGroup: 'authentication.k8s.io', apiVersion: 'v1' }
  if (wanted.uid) check(attempt, resourceAttributes({ verb, ...authentication, resource: 'uids', name: wanted.uid }))
  checkGroups(attempt, verb, isConstrained)
  checkExtra(attempt, verb, isConstrained)
  return { ...wanted, groups: withAuthentication(wanted.name, groups) }
}

/** The groups that the user has: those that are named, or those that go with what it is. */
function checkName(attempt: Attempt, verb: string, isConstrained: boolean, anyName?: string): readonly string[] {
  const { name, groups } = attempt.wanted
  const node = isConstrained ? nodeName(name) : undefined
  const account = accountOf(name)
  const at = { verb, ...groupVersion(isConstrained) }
  if (account) {
    check(attempt, resourceAttributes({ ...at, resource: 'serviceaccounts', ...account }))
    return groups.length > 0 ? groups : serviceAccountGroups(account.namespace)
  }
  if (node !== undefined) {
    check(attempt, resourceAttributes({ ...at, resource: 'nodes', name: anyName ?? node }))
    return ['system:nodes']
  }
  check(attempt, resourceAttributes({ ...at, resource: 'users', name }))
  return groups
}

/** From this many on one check for all of them is tried first. */
const many = 4

function checkGroups(attempt: Attempt, verb: string, isConstrained: boolean): void {
  const { groups } = attempt.wanted
  const at = (name: string) => resourceAttributes({ verb, ...groupVersion(isConstrained), resource: 'groups', name })
  if (isConstrained && groups.includes('')) {
    throw forbiddenError(attempt.user, at(''), 'impersonating the empty string group is not allowed')
  }
  if (isConstrained && groups.includes(privilegedGroup)) {
    throw forbiddenError(attempt.user, at(privilegedGroup), 'impersonating the system:masters group is not allowed')
  }
  if (isConstrained && groups.length >= many && allowed(attempt, at('*'))) return
  for (const group of groups) check(attempt, at(group))
}

function checkExtra(attempt: Attempt, verb: string, isConstrained: boolean): void {
  const { extra } = attempt.wanted
  if (!extra) return
  const at = (subresource: string, name: string) =>
    resourceAttributes({
      verb,
      apiGroup: 'authentication.k8s.io',
      apiVersion: 'v1',
      resource: 'userextras',
      subresource,
      name,
    })
  const problem = isConstrained ? extraProblem(extra) : undefined
  if (problem !== undefined) throw forbiddenError(attempt.user, at('', ''), problem)
  const values = Object.values(extra).flat().length
  if (isConstrained && (Object.keys(extra).length >= many || values >= many) && allowed(attempt, at('*', '*'))) return
  for (const [key, list] of Object.entries(extra)) for (const value of list) check(attempt, at(key, value))
}

/** Users and groups are the core group's to the old verb, and authentication's to the new ones. */
function groupVersion(isConstrained: boolean) {
  return { apiGroup: isConstrained ? 'authentication.k8s.io' : '', apiVersion: 'v1' }
}

function allowed({ user, authorizer }: Attempt, attributes: AuthorizationAttributes): boolean {
  return authorizer.authorize(user, attributes).allowed
}

function check({ user, authorizer }: Attempt, attributes: AuthorizationAttributes): void {
  const decision = authorizer.authorize(user, attributes)
  if (!decision.allowed) throw forbiddenError(user, attributes, decision.reason)
}

function withAuthentication(name: string, groups: readonly string[]): readonly string[] {
  if (name === anonymous.name) return groups.includes(unauthenticated) ? groups : [...groups, unauthenticated]
  if (groups.includes(unauthenticated) || groups.includes(allAuthenticated)) return groups
  return [...groups, allAuthenticated]
}

function onlyName({ uid, groups, extra }: UserInfo): boolean {
  return !uid && groups.length === 0 && extra === undefined
}

/** The node that a user's name stands for. */
function nodeName(name: string): string | undefined {
  const node = name.startsWith('system:node:') ? name.slice('system:node:'.length) : ''
  return node !== '' && isDNS1123Subdomain(node).length === 0 ? node : undefined
}

function accountOf(name: string): { namespace: string; name: string } | undefined {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? []
  return namespace === undefined || account === undefined ? undefined : { namespace, name: account }
}

/** Whether the asker is a service account of a pod on that very node. */
function isOwnNode(name: string, user: UserInfo): boolean {
  const own = user.extra?.[nodeNameKey]
  return accountOf(user.name) !== undefined && own?.length === 1 && own[0] !== '' && own[0] === nodeName(name)
}
