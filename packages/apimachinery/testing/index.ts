export { valuesOf } from './values-of.ts'
