import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { AuthorizationAttributes } from './attributes.ts'
import { nodeMay } from './node-authorizer.ts'
import { ruleAllows } from './policy-rules.ts'
import { ruleIndexOf } from './rule-index.ts'

export type { AuthorizationAttributes } from './attributes.ts'
export { forbiddenError, pathAttributes, resourceAttributes } from './attributes.ts'

export interface Decision {
  readonly allowed: boolean
  /** Why; may be empty. */
  readonly reason: string
}

/** Says whether a user may do what a request asks. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: AuthorizationAttributes): Decision
}

/** The modes of upstream's `--authorization-mode` that are there. */
export const authorizationModes = ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'] as const

export type AuthorizationMode = (typeof authorizationModes)[number]

export function isMode(name: string): name is AuthorizationMode {
  return authorizationModes.some((mode) => mode === name)
}

export interface AuthorizerDeps {
  readonly behaviours: Behaviours
  /** Asked in this order, until one allows. */
  readonly modes: readonly AuthorizationMode[]
}

export const privilegedGroup = 'system:masters'

/** Undefined where it has nothing to say about the user. */
type Mode = (user: UserInfo, attributes: AuthorizationAttributes) => Decision | undefined

/**
 * The authorizer of `--authorization-mode`. Members of system:masters may do everything; for all others the modes are
 * asked in turn, as of the watch cache's latest revision. Who is refused is told the reasons of all.
 */
export function newAuthorizer({ behaviours, modes }: AuthorizerDeps): Authorizer {
  const asked = modes.map((mode) => modeOf(mode, behaviours))
  return {
    authorize(user, attributes) {
      if (user.groups.includes(privilegedGroup)) return { allowed: true, reason: '' }
      let reason = ''
      for (const ask of asked) {
        const decision = ask(user, attributes)
        if (decision?.allowed) return decision
        if (decision?.reason) reason = reason === '' ? decision.reason : `${reason}\n${decision.reason}`
      }
      return { allowed: false, reason }
    },
  }
}

function modeOf(mode: AuthorizationMode, behaviours: Behaviours): Mode {
  if (mode === 'AlwaysAllow') return () => ({ allowed: true, reason: '' })
  if (mode === 'AlwaysDeny') return () => ({ allowed: false, reason: 'Everything is forbidden.' })
  if (mode === 'Node') return (user, attributes) => nodeMay(user, attributes, behaviours)
  const index = ruleIndexOf(behaviours)
  return (user, attributes) => {
    for (const grant of index.grants(user, attributes.namespace)) {
      if (grant.rules.some((rule) => ruleAllows(rule, attributes))) {
        return { allowed: true, reason: `RBAC: allowed by ${grant.source}` }
      }
    }
    return undefined
  }
}
