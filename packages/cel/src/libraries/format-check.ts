import type { Expr } from '../syntax/ast.ts'
import { type CelType, dynType } from '../types/types.ts'
import { FormatError, formatString, wrongType } from './formatting.ts'

const accepted: Readonly<Record<string, readonly string[]>> = {
  s: 'list map int uint double bool string timestamp bytes duration type null'.split(' '),
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
}

/** Checks `'…'.format([…])` where both are written out: the number and the types of the arguments. */
export function validateFormat(
  expr: Expr,
  types: ReadonlyMap<number, CelType>,
  report: (id: number, message: string) => void,
): void {
  if (expr.kind !== 'call' || expr.name !== 'format' || expr.target?.kind !== 'literal') return
  const [list] = expr.args
  if (list?.kind !== 'list' || typeof expr.target.value !== 'string') return
  const { elements } = list
  let used = 0
  try {
    formatString(expr.target.value, elements.length, (index, { verb }) => {
      used++
      const element = elements[index]
      const wrong = element && badType(element, verb.toLowerCase(), types)
      if (wrong !== undefined) throw wrongType(verb, (types.get(wrong) ?? dynType).name, wrong)
      return ''
    })
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    report(error.at ?? expr.id, error.message)
    return
  }
  if (elements.length <= used) return
  report(expr.id, `too many arguments supplied to string.format (expected ${used}, got ${elements.length})`)
}

/** The node that cannot be formatted so; of written-out lists and maps the elements count too. */
function badType(expr: Expr, verb: string, types: ReadonlyMap<number, CelType>): number | undefined {
  const kind = (types.get(expr.id) ?? dynType).kind
  if (kind !== 'dyn' && accepted[verb]?.includes(kind) !== true) return expr.id
  if (verb !== 's') return undefined
  const inner =
    expr.kind === 'list' ? expr.elements : expr.kind === 'map' ? expr.entries.flatMap((e) => [e.key, e.value]) : []
  for (const each of inner) {
    const found = badType(each, verb, types)
    if (found !== undefined) return found
  }
  return undefined
}
