export * from './generated/types.ts'
export { apiVersionOf, type Kind, type KubeObject } from './kind.ts'
export {
  type FieldInfo,
  type ResourceInfo,
  resources,
  type SubresourceInfo,
  type TypeInfo,
  typeInfo,
  typeNames,
} from './tables.ts'
