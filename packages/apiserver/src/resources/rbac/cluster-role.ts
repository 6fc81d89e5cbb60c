import { ClusterRole } from '@wherry/api'
import { fieldRequired, nameIsPathSegment, validateLabelSelector } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { validateRules } from './role-validation.ts'

export const clusterRoles = defineResource(ClusterRole, {
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  validate(role) {
    const errors = validateRules(role.rules, false)
    if (!role.aggregationRule) return errors
    const field = 'aggregationRule.clusterRoleSelectors'
    const selectors = role.aggregationRule.clusterRoleSelectors ?? []
    if (selectors.length === 0) {
      return [
        ...errors,
        fieldRequired(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil'),
      ]
    }
    return [...errors, ...selectors.flatMap((selector, i) => validateLabelSelector(selector, `${field}[${i}]`))]
  },
})
