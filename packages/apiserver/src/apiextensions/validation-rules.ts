import type { KubeObject } from '@wherry/api'
import type { DeepReadonly, FieldError } from '@wherry/apimachinery'
import type { Schema } from './schema/schema.ts'

/** The rules in CEL of one schema. */
export interface RuleChecker {
  check(object: DeepReadonly<KubeObject>, old: DeepReadonly<KubeObject> | undefined): FieldError[]
  /** A default, as a value that is new and as one that stays. */
  checkValue(value: unknown): FieldError[]
}

/** Undefined where the schema has no rules. */
export function newRuleChecker(_schema: Schema | undefined, _path = ''): RuleChecker | undefined {
  return undefined
}
