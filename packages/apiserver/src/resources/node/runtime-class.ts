import { RuntimeClass } from '@wherry/api'
import { type DeepReadonly, type FieldError, isDNS1123Label, validateLabels } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { validateTolerations } from '../core/pod/validation/scheduling.ts'
import { immutable, refusals } from '../fields.ts'
import { roundResources, validateQuantity } from '../quantities.ts'

export const runtimeClasses = defineResource(RuntimeClass, {
  allowUnconditionalUpdate: false,
  setDefaults: (object) => roundResources(object.overhead?.podFixed),
  validate: (object, old) => (old ? [] : validate(object)),
  validateUpdate: (object, old) => immutable('handler', object.handler, old.handler),
  columns: [nameColumn(), { name: 'Handler', type: 'string', value: (object) => object.handler }, ageColumn()],
})

/** As pkg/apis/node/validation `ValidateRuntimeClass`. */
function validate({ handler = '', overhead, scheduling }: DeepReadonly<RuntimeClass>): FieldError[] {
  return [
    ...refusals('handler', handler, isDNS1123Label(handler)),
    ...Object.entries(overhead?.podFixed ?? {}).flatMap(([name, amount]) =>
      validateQuantity(amount, `overhead.limits[${name}]`),
    ),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations ?? [], 'scheduling.tolerations'),
  ]
}
