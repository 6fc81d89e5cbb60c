import { VolumeAttachment, type VolumeError } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldRequired,
  fieldTooLong,
  isDNS1123Subdomain,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateDriverName } from '../core/volume-sources.ts'
import { immutable, refusals } from '../fields.ts'
import { struct } from '../structs.ts'
import { validateSize } from './parameters.ts'

const maxMessage = 1024

export const volumeAttachments = defineResource(VolumeAttachment, {
  setDefaults(object) {
    struct(object, 'spec')
  },
  allowUnconditionalUpdate: false,
  validate: (attachment, old) => (old ? [] : [...validateSpec(attachment), ...validateStatus(attachment)]),
  validateUpdate: (attachment, old) => immutable('spec', attachment.spec, old.spec),
  status: { initial: () => ({ attached: false }), validateUpdate: validateStatus },
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

/** As pkg/apis/storage/validation `ValidateVolumeAttachment`, and for drivers `ValidateVolumeAttachmentV1`. */
function validateSpec({ spec }: DeepReadonly<VolumeAttachment>): FieldError[] {
  const { attacher = '', nodeName = '' } = spec
  const { persistentVolumeName: volume, inlineVolumeSpec: inline } = spec.source ?? {}
  const errors: FieldError[] = attacher === '' ? [fieldRequired('spec.attacher')] : []
  const rule = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
  if (inline && volume !== undefined) errors.push(fieldForbidden('spec.source', rule))
  else if (!inline && volume === undefined) errors.push(fieldRequired('spec.source', rule))
  else if (volume === '') {
    errors.push(fieldRequired('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'))
  }
  errors.push(...refusals('spec.nodeName', nodeName, isDNS1123Subdomain(nodeName)))
  errors.push(...validateDriverName(attacher, 'spec.attacher'))
  if (volume !== undefined) {
    errors.push(...refusals('spec.source.persistentVolumeName', volume, isDNS1123Subdomain(volume)))
  }
  return errors
}

function validateStatus({ status }: DeepReadonly<VolumeAttachment>): FieldError[] {
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {}
  return [
    ...validateSize(Object.entries(attachmentMetadata), 'status.attachmentMetadata'),
    ...validateError(attachError, 'status.attachError'),
    ...validateError(detachError, 'status.detachError'),
  ]
}

function validateError(error: DeepReadonly<VolumeError> | undefined, field: string): FieldError[] {
  return byteLength(error?.message ?? '') > maxMessage ? [fieldTooLong(`${field}.message`, '', maxMessage)] : []
}
