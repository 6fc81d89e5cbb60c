import { VolumeAttachment } from '@wherry/api'
import { type FieldError, fieldRequired } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { struct } from '../structs.ts'

export const volumeAttachments = defineResource(VolumeAttachment, {
  setDefaults(object) {
    struct(object, 'spec')
  },
  allowUnconditionalUpdate: false,
  validate({ spec }) {
    const errors: FieldError[] = []
    if (!spec?.attacher) errors.push(fieldRequired('spec.attacher'))
    if (!spec?.nodeName) errors.push(fieldRequired('spec.nodeName'))
    return errors
  },
  validateUpdate: (attachment, old) => immutable('spec', attachment.spec, old.spec),
  status: { initial: () => ({ attached: false }) },
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Attacher', type: 'string', format: 'name', value: ({ spec }) => spec.attacher },
    { name: 'PV', type: 'string', value: ({ spec }) => spec.source?.persistentVolumeName ?? '' },
    { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName },
    { name: 'Attached', type: 'boolean', value: ({ status }) => status?.attached ?? false },
    ageColumn(),
  ],
})
