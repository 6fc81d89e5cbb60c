import type { Expr } from '../syntax/ast.ts'
import { children } from '../syntax/walk.ts'
import type { CelIssue, Source } from '../syntax/source.ts'
import { type CelType, formatType, sameType, unwrapOptional } from '../types/types.ts'
import { compileRegex } from '../values/regex.ts'
import { parseDuration, parseTimestamp } from '../values/time.ts'
import { CelFailure } from '../values/value.ts'
import { validateFormat } from '../libraries/format-check.ts'
import type { CheckedAst } from './checker.ts'

export type Report = (id: number, message: string) => void

const literalArguments: Readonly<Record<string, (text: string) => boolean>> = {
  duration: (text) => parseDuration(text) !== undefined,
  timestamp: (text) => parseTimestamp(text) !== undefined,
  matches: (text) => !(compileRegex(text) instanceof CelFailure),
}

/**
 * What Kubernetes asks of an expression beyond its types: literal durations, times and regular expressions that are
 * some, and lists and maps whose elements have one type (cel-go's `cel/validator.go`).
 */
export function validate(checked: CheckedAst, source: Source): CelIssue[] {
  const issues: CelIssue[] = []
  const report: Report = (id, message) => {
    issues.push({ message, location: source.locationOf(checked.offsets.get(id)) })
  }
  for (const name of Object.keys(literalArguments)) visit(checked.expr, (expr) => checkLiteral(expr, name, report))
  checkAggregates(checked.expr, checked.types, report)
  visit(checked.expr, (expr) => validateFormat(expr, checked.types, report))
  return issues
}

function visit(expr: Expr, each: (expr: Expr) => void): void {
  each(expr)
  for (const child of children(expr)) visit(child, each)
}

function checkLiteral(expr: Expr, name: string, report: Report): void {
  if (expr.kind !== 'call' || expr.name !== name) return
  const arg = name === 'matches' ? (expr.target === undefined ? expr.args[1] : expr.args[0]) : expr.args[0]
  if (arg?.kind !== 'literal' || typeof arg.value !== 'string') return
  if (literalArguments[name]?.(arg.value) === false) report(arg.id, `invalid ${name} argument`)
}

function checkAggregates(expr: Expr, types: ReadonlyMap<number, CelType>, report: Report): void {
  // Arguments of format may be of any types.
  if (expr.kind === 'call' && expr.name === 'format') return
  const differ = (id: number, first: CelType | undefined, other: CelType | undefined): boolean => {
    if (first === undefined || other === undefined || sameType(first, other)) return false
    report(id, `expected type '${formatType(first)}' but found '${formatType(other)}'`)
    return true
  }
  const typeOf = (each: Expr, optional: boolean): CelType | undefined => {
    const type = types.get(each.id)
    return optional && type !== undefined ? unwrapOptional(type).type : type
  }
  if (expr.kind === 'list') {
    const [first] = expr.elements
    const wanted = first && typeOf(first, expr.optionals.has(0))
    expr.elements.some((each, index) => differ(each.id, wanted, typeOf(each, expr.optionals.has(index))))
  } else if (expr.kind === 'map') {
    const [first] = expr.entries
    for (const entry of expr.entries) {
      if (first === undefined) break
      differ(entry.key.id, types.get(first.key.id), types.get(entry.key.id))
      differ(entry.value.id, typeOf(first.value, first.optional), typeOf(entry.value, entry.optional))
    }
  }
  for (const child of children(expr)) checkAggregates(child, types, report)
}
