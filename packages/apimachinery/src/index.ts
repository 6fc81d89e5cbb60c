export { decodeProtobuf, encodeProtobuf } from './codec/protobuf.ts'
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
  type Mutable,
  semanticEqual,
  stableStringify,
} from './meta/deep.ts'
export * from './meta/object-meta.ts'
export * from './validation/names.ts'
export * from './values/duration.ts'
export { goQuote } from './values/go-quote.ts'
export * from './values/time.ts'
