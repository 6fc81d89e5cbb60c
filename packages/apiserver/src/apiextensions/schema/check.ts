import { isMap } from '@wherry/apimachinery'
import { checkNumber, checkText, hasDuplicates, isListed } from './check-scalars.ts'
import type { Correlation } from './correlation.ts'
import { type Finding, Findings } from './findings.ts'
import { formatTest, isRecognizedFormat } from './formats.ts'
import { goValue } from './go-numbers.ts'
import { additionalOf, isIntOrString, type Schema } from './schema.ts'

/** Checks a value; what it had before comes along where an update may leave things as they were. */
export type Check = (value: unknown, path: string, before: Correlation | undefined, findings: Findings) => void

/** A check of a part of the value, compiled when it is first needed: most of what large schemas describe is absent. */
function later(schema: Schema): Check {
  let made: Check | undefined
  return (value, path, before, findings) => (made ??= compileCheck(schema))(value, path, before, findings)
}

/** As `later`, but for a value of its own: what has not changed may stay wrong (ratcheting). */
function laterPart(schema: Schema): Check {
  const check = later(schema)
  return (value, path, before, findings) => {
    if (!before) return check(value, path, before, findings)
    const own = new Findings()
    check(value, path, before, own)
    if (own.valid || !before.unchanged) findings.merge(own)
    else findings.matches += own.matches
  }
}

/**
 * Compiles a schema into a check. The messages, the order of the checks and how the best branch of several is found are
 * those of kube-openapi's `validate` package, with which kube-apiserver validates custom resources.
 */
export function compileCheck(schema: Schema): Check {
  const types = isIntOrString(schema) ? ['integer', 'string'] : schema.type ? [schema.type] : []
  const format = schema.format && isRecognizedFormat(schema) ? schema.format : ''
  const checkType = compileType(types, format, schema.nullable === true)
  const checkBranches = compileBranches(schema)
  const checkObject = compileObject(schema)
  const checkList = compileList(schema)
  const test = format === '' ? undefined : formatTest(format)
  const typed = types.length > 0 || format !== ''
  const { enum: listed } = schema
  const checkEnum: Check = (value, path, _before, findings) => {
    if (!listed || listed.length === 0 || isListed(value, listed)) return
    const message = `${path} in body should be one of [${listed.map(goValue).join(' ')}]`
    findings.add({ code: 'enum', name: path, message, value, allowed: listed })
  }
  return (value, path, before, findings) => {
    if (value === null || value === undefined) {
      checkType(null, path, before, findings)
      checkEnum(null, path, before, findings)
      return
    }
    if (typed) {
      checkType(value, path, before, findings)
      findings.matches++
    }
    checkBranches?.(value, path, before, findings)
    findings.matches++
    if (typeof value === 'string') {
      checkText(schema, value, path, findings)
      findings.matches++
      if (test) {
        if (!test(value)) findings.add(typeFinding(path, format, value))
        findings.matches++
      }
    } else if (typeof value === 'number' || typeof value === 'bigint') {
      checkNumber(schema, types, format, value, path, findings)
      findings.matches += 2
    } else if (Array.isArray(value)) {
      checkList(value, path, before, findings)
      findings.matches += 2
    }
    checkEnum(value, path, before, findings)
    findings.matches++
    if (isMap(value)) {
      checkObject(value, path, before, findings)
      findings.matches++
    }
    findings.matches++
  }
}

function typeFinding(path: string, wanted: string, actual: string): Finding {
  const message = `${path} in body must be of type ${wanted}: ${JSON.stringify(actual)}`
  return { code: 'type', name: path, message, value: actual }
}

/** The JSON type of a value, and the format that Go's type of it implies. */
function typeOf(value: unknown): { type: string; format: string } {
  if (Array.isArray(value)) return { type: 'array', format: '' }
  switch (typeof value) {
    case 'string':
      return { type: 'string', format: '' }
    case 'boolean':
      return { type: 'boolean', format: '' }
    case 'bigint':
      return { type: 'integer', format: 'int64' }
    case 'number':
      return Number.isInteger(value) ? { type: 'integer', format: 'int64' } : { type: 'number', format: 'float64' }
    default:
      return { type: 'object', format: '' }
  }
}

function compileType(types: readonly string[], format: string, nullable: boolean): Check {
  const numeric = types.includes('number') || types.includes('integer')
  return (value, path, _before, findings) => {
    if (value === null) {
      if (types.length > 0 && !nullable) findings.add(typeFinding(path, types.join(','), 'null'))
      else findings.matches++
      return
    }
    const actual = typeOf(value)
    const fits = types.includes(actual.type) || (actual.type === 'integer' && types.includes('number'))
    const isText = typeof value === 'string' || Array.isArray(value)
    if (!isText && format !== '' && !fits && actual.format !== format) {
      findings.add(typeFinding(path, format, actual.format))
    } else if (!numeric && format !== '' && isText) {
      findings.matches++
    } else if (fits) {
      findings.matches++
    } else findings.add(typeFinding(path, types.join(','), actual.type))
  }
}

function compileList(schema: Schema) {
  const items = isMap(schema.items) ? laterPart(schema.items) : undefined
  const { minItems, maxItems, uniqueItems } = schema
  return (list: readonly unknown[], path: string, before: Correlation | undefined, findings: Findings): void => {
    if (items) for (const [at, item] of list.entries()) items(item, `${path}[${at}]`, before?.index(at), findings)
    const size = list.length
    if (minItems !== undefined && size < minItems) {
      const message = `${path} in body should have at least ${minItems} items`
      findings.add({ code: 'invalid', name: path, message, value: size })
    }
    if (maxItems !== undefined && size > maxItems) {
      const message = `${path} in body should have at most ${maxItems} items`
      findings.add({ code: 'tooMany', name: path, message, value: size, max: maxItems })
    }
    if (uniqueItems && hasDuplicates(list)) {
      findings.add({ code: 'invalid', name: path, message: `${path} in body shouldn't contain duplicates` })
    }
  }
}

function compileObject(schema: Schema) {
  const { minProperties, maxProperties, required = [] } = schema
  const properties = Object.entries(schema.properties ?? {}).map(([name, part]) => ({ name, check: laterPart(part) }))
  const named = new Set(properties.map(({ name }) => name))
  const additional = additionalOf(schema)
  const rest = additional !== undefined && additional !== 'any' ? laterPart(additional) : undefined
  const closed = schema.additionalProperties === false
  return (object: Record<string, unknown>, path: string, before: Correlation | undefined, findings: Findings): void => {
    if (minProperties !== undefined || maxProperties !== undefined) {
      const size = Object.keys(object).length
      if (minProperties !== undefined && size < minProperties) {
        const message = `${path} in body should have at least ${minProperties} properties`
        findings.add({ code: 'invalid', name: path, message, value: size })
      }
      if (maxProperties !== undefined && size > maxProperties) {
        const message = `${path} in body should have at most ${maxProperties} properties`
        findings.add({ code: 'tooMany', name: path, message, value: size, max: maxProperties })
      }
    }
    if (closed || rest) {
      for (const key of Object.keys(object)) {
        if (named.has(key)) continue
        if (rest) rest(object[key], `${path}.${key}`, childOf(before, path, key), findings)
        else {
          const message = `${path}.${key} in body is a forbidden property`
          findings.add({ code: 'invalid', name: path, message, value: key })
        }
      }
    }
    for (const { name, check } of properties) {
      if (!Object.hasOwn(object, name)) continue
      check(object[name], path === '' ? name : `${path}.${name}`, childOf(before, path, name), findings)
    }
    for (const name of required) {
      if (Object.hasOwn(object, name)) continue
      findings.add({ code: 'required', name: `${path}.${name}`, message: `${path}.${name} in body is required` })
    }
  }
}

/** Type and version of the object itself do not count as unchanged: both sides are in the same version. */
function childOf(before: Correlation | undefined, path: string, name: string): Correlation | undefined {
  if (!before || (path === '' && (name === 'kind' || name === 'apiVersion'))) return undefined
  return before.key(name)
}

function compileBranches(schema: Schema): Check | undefined {
  const [anyOf, oneOf, allOf] = [schema.anyOf, schema.oneOf, schema.allOf].map((list) => (list ?? []).map(later))
  const not = schema.not && later(schema.not)
  if (!anyOf?.length && !oneOf?.length && !allOf?.length && !not) {
    return (_value, _path, _before, findings) => {
      findings.matches++
    }
  }
  const plain = (message: string): Finding => ({ code: 'plain', name: '', message })
  return (value, path, before, findings) => {
    const run = (check: Check): Findings => {
      const own = new Findings()
      check(value, path, before, own)
      return own
    }
    const quoted = JSON.stringify(path)
    if (anyOf?.length) {
      const { valid, best } = firstValid(anyOf, run)
      if (!valid) findings.add(plain(`${quoted} must validate at least one schema (anyOf)`))
      if (best) findings.merge(best)
    }
    if (oneOf?.length) {
      const results = oneOf.map(run)
      const good = results.filter((result) => result.valid)
      if (good.length !== 1) {
        const found = good.length === 0 ? 'Found none valid' : `Found ${good.length} valid alternatives`
        findings.add(plain(`${quoted} must validate one and only one schema (oneOf). ${found}`))
        // Once one branch was valid, what the later ones say does not count.
        if (good.length === 0) {
          const best = mostMatches(results)
          if (best) findings.merge(best)
        }
      } else if (good[0]) findings.merge(good[0])
    }
    if (allOf?.length) {
      const results = allOf.map(run)
      for (const result of results) findings.merge(result)
      const good = results.filter((result) => result.valid).length
      if (good !== results.length) {
        const none = good === 0 ? '. None validated' : ''
        findings.add(plain(`${quoted} must validate all the schemas (allOf)${none}`))
      }
    }
    if (not && run(not).valid) findings.add(plain(`${quoted} must not validate the schema (not)`))
    findings.matches++
  }
}

function firstValid(checks: readonly Check[], run: (check: Check) => Findings) {
  const failed: Findings[] = []
  for (const check of checks) {
    const result = run(check)
    if (result.valid) return { valid: true, best: result }
    failed.push(result)
  }
  return { valid: false, best: mostMatches(failed) }
}

/** The first of those in which most went well. */
function mostMatches(results: readonly Findings[]): Findings | undefined {
  let best: Findings | undefined
  for (const result of results) if (!best || result.matches > best.matches) best = result
  return best
}
