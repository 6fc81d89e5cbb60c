import { RoleBinding } from '@wherry/api'
import { nameIsPathSegment } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { bindingColumns, setBindingDefaults } from './binding.ts'
import { validateBinding, validateRoleRefUpdate } from './role-validation.ts'

export const roleBindings = defineResource(RoleBinding, {
  allowCreateOnUpdate: true,
  validateName: nameIsPathSegment,
  setDefaults: setBindingDefaults,
  validate: (binding) => validateBinding(binding, true),
  validateUpdate: (binding, old) => validateRoleRefUpdate(binding.roleRef, old.roleRef),
  columns: bindingColumns,
})
