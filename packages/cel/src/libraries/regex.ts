import { declare, type FunctionDecl, member } from '../declarations.ts'
import { intType, listType, stringType } from '../types/types.ts'
import { compileRegex } from '../values/regex.ts'
import { ArrayList, CelFailure, noSuchOverload, type Value } from '../values/value.ts'

function find(text: Value = null, pattern: Value = null): Value {
  if (typeof text !== 'string' || typeof pattern !== 'string') return noSuchOverload()
  const regex = compileRegex(pattern)
  if (regex instanceof CelFailure) return new CelFailure(`Illegal regex: ${regex.message}`)
  return regex.find(text) ?? ''
}

function findAll(text: Value = null, pattern: Value = null, limit: Value = -1n): Value {
  if (typeof text !== 'string' || typeof pattern !== 'string' || typeof limit !== 'bigint') return noSuchOverload()
  const regex = compileRegex(pattern)
  if (regex instanceof CelFailure) return new CelFailure(`Illegal regex: ${regex.message}`)
  return new ArrayList(regex.findAll(text, Number(limit)))
}

const strings = listType(stringType)

/** `find` and `findAll` (k8s `library/regex.go`). */
export const regexLibrary: readonly FunctionDecl[] = [
  declare('find', [member('string_find_string', [stringType, stringType], stringType, find)]),
  declare('findAll', [
    member('string_find_all_string', [stringType, stringType], strings, findAll),
    member('string_find_all_string_int', [stringType, stringType, intType], strings, findAll),
  ]),
]
