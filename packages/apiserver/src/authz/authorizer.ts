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

export interface AuthorizerDeps {
  readonly behaviours: Behaviours
  /** `RBAC` is upstream's `--authorization-mode=Node,RBAC`; `AlwaysAllow` lets everyone do everything. */
  readonly mode: 'RBAC' | 'AlwaysAllow'
}

export const privilegedGroup = 'system:masters'

/**
 * The authorizer of `--authorization-mode`. Members of system:masters may do everything; nodes what their pods need;
 * all others what roles in the store grant them, as of the watch cache's latest revision.
 */
export function newAuthorizer({ behaviours, mode }: AuthorizerDeps): Authorizer {
  if (mode === 'AlwaysAllow') return { authorize: () => ({ allowed: true, reason: '' }) }
  const index = ruleIndexOf(behaviours)
  return {
    authorize(user, attributes) {
      if (user.groups.includes(privilegedGroup)) return { allowed: true, reason: '' }
      const node = nodeMay(user, attributes, behaviours)
      if (node?.allowed) return node
      for (const grant of index.grants(user, attributes.namespace)) {
        if (grant.rules.some((rule) => ruleAllows(rule, attributes))) {
          return { allowed: true, reason: `RBAC: allowed by ${grant.source}` }
        }
      }
      return { allowed: false, reason: node?.reason ?? '' }
    },
  }
}
