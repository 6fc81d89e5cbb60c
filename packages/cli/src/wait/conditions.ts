import { CommandError, messageOf } from '../errors.ts'
import { compileJSONPath, printResult, relaxedJSONPath } from '@wherry/apimachinery'
import { dig, list, number, text, type Unstructured } from '../objects/json.ts'

/** What `--for` waits for. */
export type Goal =
  | { kind: 'delete' }
  | { kind: 'create' }
  /** `met` says whether an object is as wanted. */
  | { kind: 'state'; met(object: Unstructured): boolean }

/** Reads `condition=Ready[=True]`, `delete`, `create`, `jsonpath={.x}[=value]`. Throws in kubectl's words. */
export function parseGoal(text: string): Goal {
  const lower = text.toLowerCase()
  if (lower === 'delete') return { kind: 'delete' }
  if (lower === 'create') return { kind: 'create' }
  if (text.startsWith('condition=')) {
    const [name = '', ...rest] = text.slice('condition='.length).split('=')
    const wanted = rest.length === 0 ? 'true' : rest.join('=')
    return { kind: 'state', met: (object) => conditionMet(object, name, wanted) }
  }
  if (text.startsWith('jsonpath=')) return jsonPathGoal(text.slice('jsonpath='.length))
  throw new CommandError(`unrecognized condition: ${JSON.stringify(text)}`)
}

/** As kubectl: names and states in any case; a condition that was observed of an older generation does not count. */
function conditionMet(object: Unstructured, name: string, wanted: string): boolean {
  const generation = object.metadata.generation ?? 0
  const observed = dig(object, 'status', 'observedGeneration')
  for (const condition of list(dig(object, 'status', 'conditions'))) {
    if (text(dig(condition, 'type')).toLowerCase() !== name.toLowerCase()) continue
    const conditionObserved = dig(condition, 'observedGeneration')
    const seen = conditionObserved === undefined ? observed : conditionObserved
    if (seen !== undefined && number(seen) < generation) return false
    return text(dig(condition, 'status')).toLowerCase() === wanted.toLowerCase()
  }
  return false
}

function jsonPathGoal(spec: string): Goal {
  const { expression, value } = splitPath(spec)
  let path: ReturnType<typeof compileJSONPath>
  try {
    path = compileJSONPath(relaxedJSONPath(expression), { allowMissingKeys: true })
  } catch (error) {
    throw new CommandError(messageOf(error))
  }
  return {
    kind: 'state',
    met(object) {
      const results = path.find(object)
      const found = results.flat()
      if (found.length === 0) return false
      if (results.length > 1) throw new CommandError('given jsonpath expression matches more than one list')
      if (found.length > 1) throw new CommandError('given jsonpath expression matches more than one value')
      const [only] = found
      if (value === undefined) return true
      if (typeof only === 'object' && only !== null)
        throw new CommandError('jsonpath leads to a nested object or list which is not supported')
      return printResult(only) === value
    },
  }
}

/** The expression ends at its closing brace, or at the first equals sign where it has none. */
function splitPath(spec: string): { expression: string; value?: string } {
  const unquoted = spec.replace(/^'(.*)'$/s, '$1')
  if (unquoted === '') throw new CommandError('jsonpath expression cannot be empty')
  const close = unquoted.startsWith('{') ? unquoted.lastIndexOf('}') : -1
  const equals = unquoted.indexOf('=', close === -1 ? 0 : close)
  if (equals === -1) return { expression: unquoted }
  const value = unquoted.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')
  if (value === '') throw new CommandError('jsonpath wait value cannot be empty')
  return { expression: unquoted.slice(0, equals), value }
}
