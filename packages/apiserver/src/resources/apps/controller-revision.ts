import { ControllerRevision } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const controllerRevisions = defineResource(ControllerRevision)
