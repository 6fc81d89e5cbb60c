import { Role } from '@wherry/api'
import { nameIsPathSegment } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { validateRules } from './role-validation.ts'

export const roles = defineResource(Role, {
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  validate: (role) => validateRules(role.rules, true),
})
