export {
  difference,
  emptySet,
  excluding,
  type FieldFilter,
  type FieldSet,
  hasPath,
  including,
  isEmptySet,
  parseFieldSet,
  setOf,
  setsEqual,
  union,
} from './apply/field-set.ts'
export { compare, type Comparison } from './apply/compare.ts'
export { mergeTyped } from './apply/merge.ts'
export { ApplyConflicts, type Conflict, type Managers, type VersionedSet } from './apply/managers.ts'
export { ElementError, fieldElement, type PathElement, showPath } from './apply/path-element.ts'
export { extractItems, removeItems } from './apply/remove-items.ts'
export { toFieldSet } from './apply/to-field-set.ts'
export { type ApplyForms, applyConfiguration, type ManagedWrite, updateManagers } from './apply/updater.ts'
export { joinErrors, validateTyped } from './apply/validate.ts'
export { goFormat } from './apply/go-format.ts'
export { applySchemaFromOpenAPI } from './apply/openapi-schema.ts'
export { type ApplyField, type ApplyList, type ApplyMap, type ApplySchema, deducedSchema } from './apply/schema.ts'
export { applySchemaOf } from './apply/table-schema.ts'
export { JSONSyntaxError, type ParseJSONOptions, parseJSON, stringifyJSON } from './bodies/json.ts'
export { type ParseYAMLOptions, parseYAML, YAMLError } from './bodies/yaml-parser.ts'
export { toYAML } from './bodies/yaml-writer.ts'
export {
  decodeProtobuf,
  encodeMessage,
  encodeProtobuf,
  encodeVarint,
  encodeWatchFrame,
  envelopeEnd,
  envelopeStart,
  hasProtobufForm,
} from './codec/protobuf.ts'
export { WireError } from './codec/wire.ts'
export * from './errors/field-errors.ts'
export * from './errors/status-error.ts'
export * from './errors/status-errors.ts'
export {
  compareUtf8,
  type DeepReadonly,
  deepClone,
  deepEqual,
  deepFreeze,
  isMap,
  type Mutable,
  semanticEqual,
  setKey,
  stableStringify,
} from './meta/deep.ts'
export * from './meta/object-meta.ts'
export * from './selectors/field-matcher.ts'
export * from './selectors/label-matcher.ts'
export type { LabelOperator, LabelRequirement } from './selectors/requirement.ts'
export * from './validation/conditions.ts'
export * from './validation/domains.ts'
export * from './validation/ip.ts'
export * from './validation/labels.ts'
export * from './validation/names.ts'
export * from './validation/object-meta.ts'
export * from './values/duration.ts'
export { goQuote } from './values/go-quote.ts'
export * from './values/int-or-percent.ts'
export { Quantity, type QuantityFormat } from './values/quantity.ts'
export * from './values/time.ts'
export { type Decoded, decodeTyped, strictDecodingError, strictWarnings } from './typed/decode-typed.ts'
export { applyMergePatch, createMergePatch, createThreeWayJSONMergePatch } from './patch/json-merge.ts'
export { applyJSONPatch } from './patch/json-patch.ts'
export { PatchConflictError, PatchError, PreconditionError } from './patch/patch-error.ts'
export {
  applyStrategicMergePatch,
  createThreeWayStrategicMergePatch,
  createTwoWayMergePatch,
  keyUnchanged,
  metadataKeyUnchanged,
  type Precondition,
  type ThreeWayOptions,
} from './patch/strategic.ts'
export { compareValues } from './jsonpath/compare.ts'
export { compileJSONPath, type JSONPath, printResult, relaxedJSONPath } from './jsonpath/index.ts'
export { unquoteGo } from './jsonpath/unquote.ts'
