export { CheckScope, type StructDecl, type StructFinder } from './checker/scope.ts'
export type { SizeEstimator } from './cost/estimate.ts'
export type { Range } from './cost/estimates.ts'
export { CompileFailure, type Environment, type EnvironmentOptions, newEnvironment } from './environment.ts'
export type { Activation } from './plan/frame.ts'
export { CelError, perCallLimit, Program } from './program.ts'
export { type DeclType, maxCardinality, sizesOf, structFinder } from './schema/decl-type.ts'
export { fieldTableStructs, typeFromFieldTable } from './schema/field-table.ts'
export { jsonValue, toJSON } from './schema/json-values.ts'
export { escapeName, unescapeName } from './schema/escaping.ts'
export { schemaValue } from './schema/schema-values.ts'
export { type StructuralSchema, typeFromStructuralSchema, withObjectMeta } from './schema/structural.ts'
export {
  AuthorizerValue,
  authorizerType,
  type AuthorizationAnswer,
  type AuthorizationRequest,
  type CheckAuthorizer,
  jsonPatchLibrary,
  ResourceCheck,
  resourceCheckType,
} from './libraries/authorizer.ts'
export { functionTable } from './declarations.ts'
export { bindMacro } from './standard/macros.ts'
export { StructValue } from './values/map.ts'
export * from './types/types.ts'
export * from './values/value.ts'
