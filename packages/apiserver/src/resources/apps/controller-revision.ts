import { ControllerRevision } from '@wherry/api'
import { fieldRequired, getController, parseGroupVersion } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { immutable, nonNegative } from '../fields.ts'

export const controllerRevisions = defineResource(ControllerRevision, {
  validate: (revision) => [
    ...(revision.data === undefined || revision.data === null ? [fieldRequired('data', 'data is mandatory')] : []),
    ...nonNegative('revision', revision.revision),
  ],
  validateUpdate: (revision, old) => immutable('data', revision.data, old.data),
  columns: [
    nameColumn(),
    {
      name: 'Controller',
      type: 'string',
      value(revision) {
        const owner = getController(revision.metadata)
        if (!owner) return none
        const { group } = parseGroupVersion(owner.apiVersion)
        return `${(group === '' ? owner.kind : `${owner.kind}.${group}`).toLowerCase()}/${owner.name}`
      },
    },
    { name: 'Revision', type: 'string', value: (revision) => revision.revision },
    ageColumn(),
  ],
})
