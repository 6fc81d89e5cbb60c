import { RuntimeClass } from '@wherry/api'
import { fieldInvalid, isDNS1123Label } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { roundResources } from '../quantities.ts'

export const runtimeClasses = defineResource(RuntimeClass, {
  allowUnconditionalUpdate: false,
  setDefaults: (object) => roundResources(object.overhead?.podFixed),
  validate: ({ handler = '' }) => isDNS1123Label(handler).map((detail) => fieldInvalid('handler', handler, detail)),
  validateUpdate: (object, old) => immutable('handler', object.handler, old.handler),
  columns: [nameColumn(), { name: 'Handler', type: 'string', value: (object) => object.handler }, ageColumn()],
})
