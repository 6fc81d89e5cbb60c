import { Deployment } from '@wherry/api'
import { expect, test } from 'vitest'
import {
  CompileFailure,
  dynType,
  fieldTableStructs,
  formatType,
  newEnvironment,
  typeFromFieldTable,
} from '../src/index.ts'

const object = typeFromFieldTable(Deployment.typeName) ?? dynType
const env = newEnvironment({ variables: { object }, structs: fieldTableStructs })

test.each([
  ['object.spec.replicas', 'int'],
  ['object.metadata.labels', 'map(string, string)'],
  ['object.metadata.creationTimestamp', 'timestamp'],
  ['object.spec.template.spec.containers.map(c, c.image)', 'list(string)'],
  ['object.spec.strategy.rollingUpdate.maxSurge', 'dyn'],
  ['object.kind + object.apiVersion', 'string'],
])('%s of a built-in kind has type %s', (expr, type) => {
  const program = env.compile(expr)
  if (program instanceof CompileFailure) throw new Error(program.message)
  expect(formatType(program.outputType)).toBe(type)
})

test('a field that a built-in kind has not is told', () => {
  const failure = env.compile('object.spec.replica > 1')
  expect(failure instanceof CompileFailure && failure.message).toContain("undefined field 'replica'")
})
